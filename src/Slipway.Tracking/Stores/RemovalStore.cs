using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Takes runs, models and experiments away for good, with everything that hangs on them.</summary>
internal static class RemovalStore
{
    private const string SelectRunIds = "SELECT id FROM tracking_runs WHERE experiment = @experiment ORDER BY number LIMIT @limit";

    private const string SelectModelIds = "SELECT id FROM tracking_models WHERE experiment = @experiment ORDER BY number LIMIT @limit";

    private const string SelectOldRuns =
        """
        SELECT r.id FROM tracking_runs r JOIN tracking_experiments e ON e.number = r.experiment
        WHERE r.namespace = @ns AND r.lifecycle = 'deleted' AND COALESCE(r.deleted, 0) <= @before ORDER BY r.number LIMIT @limit
        """;

    private const string SelectOldModels =
        "SELECT id FROM tracking_models WHERE namespace = @ns AND lifecycle = 'deleted' AND updated <= @before ORDER BY number LIMIT @limit";

    private const string SelectOldExperiments =
        "SELECT id FROM tracking_experiments WHERE namespace = @ns AND lifecycle = 'deleted' AND updated <= @before AND id <> '0' ORDER BY number LIMIT @limit";

    private const string KeepCounter =
        """
        INSERT INTO tracking_counters (name, value) VALUES ('experiment', @number)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > tracking_counters.value
        """;

    private static readonly string[] OfRuns =
    [
        "DELETE FROM tracking_points WHERE series IN (SELECT series FROM tracking_metrics WHERE run = @Run)",
        "DELETE FROM tracking_metrics WHERE run = @Run",
        "DELETE FROM tracking_params WHERE run = @Run",
        "DELETE FROM tracking_tags WHERE run = @Run",
        "DELETE FROM tracking_input_tags WHERE run = @Run",
        "DELETE FROM tracking_inputs WHERE run = @Run",
        "DELETE FROM tracking_model_inputs WHERE run = @Run",
        "DELETE FROM tracking_model_outputs WHERE run = @Run",
        "DELETE FROM tracking_runs WHERE number = @Run",
    ];

    private static readonly string[] OfModels =
    [
        "DELETE FROM tracking_model_metrics WHERE model = @Model",
        "DELETE FROM tracking_model_params WHERE model = @Model",
        "DELETE FROM tracking_model_tags WHERE model = @Model",
        "DELETE FROM tracking_models WHERE number = @Model",
    ];

    private static readonly string[] OfExperiments =
    [
        "DELETE FROM tracking_datasets WHERE experiment = @number",
        "DELETE FROM tracking_experiment_tags WHERE experiment = @number",
        "DELETE FROM tracking_experiments WHERE number = @number",
    ];

    public static Task<IReadOnlyList<string>> RunIdsAsync(IReadSession session, long experiment, int limit) =>
        session.QueryAsync<string>(SelectRunIds, new { experiment, limit });

    public static Task<IReadOnlyList<string>> ModelIdsAsync(IReadSession session, long experiment, int limit) =>
        session.QueryAsync<string>(SelectModelIds, new { experiment, limit });

    /// <summary>Ids of what was marked as deleted before <paramref name="before"/> (microseconds).</summary>
    public static async Task<(IReadOnlyList<string> Experiments, IReadOnlyList<string> Runs, IReadOnlyList<string> Models)> OldAsync(
        IReadSession session, string ns, long before, int limit) => (
        await session.QueryAsync<string>(SelectOldExperiments, new { ns, before, limit }), await session.QueryAsync<string>(SelectOldRuns, new { ns, before, limit }),
        await session.QueryAsync<string>(SelectOldModels, new { ns, before, limit }));

    public static async Task RemoveRunAsync(IWriteSession session, long run)
    {
        foreach (var statement in OfRuns)
        {
            await session.ExecuteAsync(statement, new { Run = run });
        }
    }

    public static async Task RemoveModelAsync(IWriteSession session, long model)
    {
        foreach (var statement in OfModels)
        {
            await session.ExecuteAsync(statement, new { Model = model });
        }
    }

    /// <summary>Its runs and models must be gone already.</summary>
    public static async Task RemoveExperimentAsync(IWriteSession session, long number)
    {
        foreach (var statement in OfExperiments)
        {
            await session.ExecuteAsync(statement, new { number });
        }

        await session.ExecuteAsync(KeepCounter, new { number });
    }
}
