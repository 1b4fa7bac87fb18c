using Slipway.Platform.Database;

namespace Slipway.Traces.Storage;

/// <summary>A version of a scorer: code or a prompt that judges traces, as the client serialised it.</summary>
internal sealed record ScorerRow(string ExperimentId, string Name, long Version, string Id, string Serialized, long Created);

internal static class ScorerStore
{
    private const string Columns = "experiment_id, name, version, id, serialized, created";

    private const string Insert =
        "INSERT INTO traces_scorers (namespace, experiment_id, name, version, id, serialized, created) VALUES (@ns, @ExperimentId, @Name, @Version, @Id, @Serialized, @Created)";

    private const string SelectVersions = $"SELECT {Columns} FROM traces_scorers WHERE namespace = @ns AND experiment_id = @experiment AND name = @name ORDER BY version";

    private const string SelectLatest =
        $"""
        SELECT {Columns} FROM traces_scorers s WHERE namespace = @ns AND experiment_id = @experiment
        AND version = (SELECT MAX(version) FROM traces_scorers o WHERE o.namespace = @ns AND o.experiment_id = @experiment AND o.name = s.name)
        ORDER BY name
        """;

    private const string Delete = "DELETE FROM traces_scorers WHERE namespace = @ns AND experiment_id = @experiment AND name = @name AND (@version = 0 OR version = @version)";

    public static Task AddAsync(IWriteSession session, string ns, ScorerRow s) =>
        session.ExecuteAsync(Insert, new { ns, s.ExperimentId, s.Name, s.Version, s.Id, s.Serialized, s.Created });

    /// <summary>Oldest first.</summary>
    public static Task<IReadOnlyList<ScorerRow>> VersionsAsync(IReadSession session, string ns, string experiment, string name) =>
        session.QueryAsync<ScorerRow>(SelectVersions, new { ns, experiment, name });

    /// <summary>The newest version of each, by name.</summary>
    public static Task<IReadOnlyList<ScorerRow>> LatestAsync(IReadSession session, string ns, string experiment) =>
        session.QueryAsync<ScorerRow>(SelectLatest, new { ns, experiment });

    /// <param name="version">0 for all.</param>
    public static Task<int> DeleteAsync(IWriteSession session, string ns, string experiment, string name, long version) =>
        session.ExecuteAsync(Delete, new { ns, experiment, name, version });
}
