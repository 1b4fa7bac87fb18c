using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Pipelines.Storage;

/// <summary>The artifacts that executions read and wrote.</summary>
internal sealed partial class RunStore : IObjectHolder
{
    private const string ArtifactColumns = "run_id, path, direction, name, position, id, namespace, type, uri, digest, bytes, metadata, created";

    private const string ArtifactsOf =
        $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE run_id = @run ORDER BY created, path, direction, name, position";

    private const string FindArtifact = $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE id = @id ORDER BY direction DESC, created LIMIT 1";

    private const string WithDigest =
        $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE namespace = @ns AND digest IN @digests ORDER BY created, run_id, path LIMIT @most";

    private const string OfExecutions =
        $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE run_id = @run AND path = @path ORDER BY direction, name, position";

    private const string HeldDigests = "SELECT DISTINCT digest FROM pipeline_artifacts WHERE digest IN @digests";

    private const string PutHeld = "INSERT INTO pipeline_objects (run_id, digest) VALUES (@RunId, @Digest) ON CONFLICT (run_id, digest) DO NOTHING";

    // What a result from the cache consists of is held by every run that uses it.
    private const string ShareHeld =
        "INSERT INTO pipeline_objects (run_id, digest) SELECT @run, digest FROM pipeline_objects WHERE run_id = @source ON CONFLICT (run_id, digest) DO NOTHING";

    private const string DeleteHeld = "DELETE FROM pipeline_objects WHERE run_id = @id";

    private const string HeldObjects = "SELECT DISTINCT digest FROM pipeline_objects WHERE digest IN @digests";

    public Task<IReadOnlyList<ArtifactRow>> ArtifactsAsync(string run, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<ArtifactRow>(ArtifactsOf, new { run }), cancellation);

    public Task<ArtifactRow?> FindArtifactAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<ArtifactRow>(FindArtifact, new { id }), cancellation);

    /// <summary>Every execution that read or wrote the content.</summary>
    public Task<IReadOnlyList<ArtifactRow>> WithDigestAsync(string ns, IReadOnlyList<string> digests, int most, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<ArtifactRow>(WithDigest, new { ns, most, digests }), cancellation);

    public Task<IReadOnlyList<ArtifactRow>> OfExecutionAsync(string run, string path, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<ArtifactRow>(OfExecutions, new { run, path }), cancellation);

    public async Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests) =>
        [.. await session.QueryAsync<string>(HeldDigests, new { digests }), .. await session.QueryAsync<string>(HeldObjects, new { digests })];
}
