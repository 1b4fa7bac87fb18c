using Slipway.Platform.Database;

namespace Slipway.Traces.Storage;

/// <summary>What else than traces hangs on an experiment, and how far the removals of experiments have been followed.</summary>
internal static class RemovalStore
{
    private const string Mark = "removals";

    private static readonly string[] OfExperiment =
    [
        "DELETE FROM traces_scorers WHERE namespace = @ns AND experiment_id = @experiment",
        "DELETE FROM traces_issues WHERE namespace = @ns AND experiment_id = @experiment",
        "DELETE FROM traces_dataset_experiments WHERE namespace = @ns AND experiment_id = @experiment",
    ];

    private const string SelectMark = "SELECT sequence FROM traces_marks WHERE name = @name";

    private const string SetMark =
        "INSERT INTO traces_marks (name, sequence) VALUES (@name, @sequence) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence > traces_marks.sequence";

    public static async Task<long> MarkAsync(IReadSession session) => await session.QuerySingleOrDefaultAsync<long?>(SelectMark, new { name = Mark }) ?? 0;

    public static Task SetMarkAsync(IWriteSession session, long sequence) => session.ExecuteAsync(SetMark, new { name = Mark, sequence });

    /// <summary>Scorers and issues go; evaluation datasets stay, since they may belong to several experiments, and forget this one.</summary>
    public static async Task RemoveRestAsync(IWriteSession session, string ns, string experiment)
    {
        foreach (var sql in OfExperiment)
        {
            await session.ExecuteAsync(sql, new { ns, experiment });
        }
    }
}
