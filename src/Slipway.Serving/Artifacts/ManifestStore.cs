using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Artifacts;

/// <summary>Keeps manifests and says which objects they need, so that these are not removed while a revision names the folder.</summary>
internal sealed class ManifestStore(IDatabase database, IObjectStore objects, TimeProvider time) : IObjectHolder
{
    private const string SelectHeld = "SELECT DISTINCT sha256 FROM serving_model_files WHERE sha256 IN @digests";
    private const string SelectManifests = "SELECT DISTINCT manifest FROM serving_model_files WHERE manifest IN @digests";
    private const string Count = "SELECT COUNT(*) FROM serving_model_files WHERE manifest = @manifest";

    private const string Insert =
        "INSERT INTO serving_model_files (manifest, sha256, created) VALUES (@manifest, @sha256, @created) ON CONFLICT DO NOTHING";

    /// <summary>Young ones may belong to a revision that is being written.</summary>
    private const string DeleteUnused =
        "DELETE FROM serving_model_files WHERE created < @before AND manifest NOT IN (SELECT digest FROM serving_revisions)";

    private static readonly TimeSpan Young = TimeSpan.FromHours(1);

    /// <summary>Writes the manifest down and answers its digest. Its files are in the object store already.</summary>
    public async Task<Result<string>> KeepAsync(ModelManifest manifest, CancellationToken cancellation)
    {
        if (!(await objects.PutBytesAsync(manifest.ToBytes(), cancellation)).TryGet(out var put, out var problem))
        {
            return problem;
        }

        var digest = put.Sha256;
        var known = await database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<long>(Count, new { manifest = digest }), cancellation);
        if (known > 0)
        {
            return digest;
        }

        var kept = await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                foreach (var sha256 in manifest.Files.Select(f => f.Sha256).Distinct(StringComparer.Ordinal))
                {
                    await session.ExecuteAsync(Insert, new { manifest = digest, sha256, created = Micros.Of(time.GetUtcNow()) });
                }

                return default(Unit);
            },
            cancellation);
        return kept.Succeeded ? digest : kept.Problem;
    }

    public async Task<Result<ModelManifest>> ReadAsync(string digest, CancellationToken cancellation)
    {
        var read = await objects.GetBytesAsync(digest, cancellation);
        return read.TryGet(out var bytes, out var problem)
            ? ModelManifest.Parse(bytes) is { } manifest ? manifest : Problem.Invalid($"Object {digest} is not the manifest of a model's folder")
            : problem.Code == ProblemCode.NotFound ? Problem.NotFound($"The model's manifest (object {digest})") : problem;
    }

    public Task<Result<Unit>> SweepAsync(CancellationToken cancellation) => database.WriteAsync<Unit>(
        async (session, _) =>
        {
            await session.ExecuteAsync(DeleteUnused, new { before = Micros.Of(time.GetUtcNow() - Young) });
            return default(Unit);
        },
        cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests)
    {
        var asked = new { digests = digests.ToArray() };
        return [.. await session.QueryAsync<string>(SelectHeld, asked), .. await session.QueryAsync<string>(SelectManifests, asked)];
    }
}
