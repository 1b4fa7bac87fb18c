using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Runs by the parent that they name.</summary>
internal static class RunTreeStore
{
    private const string SelectChildren =
        $"""
        SELECT t.value AS parent, {RunStore.Columns}
        FROM tracking_tags t JOIN tracking_runs r ON r.number = t.run JOIN tracking_experiments e ON e.number = r.experiment
        WHERE t.key = 'mlflow.parentRunId' AND r.namespace = @ns AND r.lifecycle = 'active' AND
        """;

    /// <summary>Living runs that name one of the parents, with that parent; oldest first.</summary>
    public static async Task<IReadOnlyList<(string Parent, RunRow Run)>> ChildrenAsync(IReadSession session, string ns, IReadOnlyList<string> parents, int limit)
    {
        var rows = await session.QueryAsync<ChildRow>(
            $"{SelectChildren} {session.Dialect.In("t.value", "@parents")} ORDER BY r.started, r.id LIMIT @limit",
            new { ns, parents = session.Dialect.List([.. parents]), limit });
        return [.. rows.Select(r => (r.Parent, r.Run))];
    }

    private sealed class ChildRow
    {
        public string Parent { get; init; } = "";

        public long Number { get; init; }

        public string Namespace { get; init; } = "";

        public string Id { get; init; } = "";

        public long Experiment { get; init; }

        public string ExperimentId { get; init; } = "";

        public string ExperimentName { get; init; } = "";

        public string ArtifactLocation { get; init; } = "";

        public string Name { get; init; } = "";

        public string Status { get; init; } = "";

        public string Lifecycle { get; init; } = "";

        public string UserName { get; init; } = "";

        public long Started { get; init; }

        public long? Finished { get; init; }

        public RunRow Run => new(
            Number, Namespace, Id, Experiment, ExperimentId, ExperimentName, ArtifactLocation, Name, Status, Lifecycle, UserName, Started, Finished);
    }
}
