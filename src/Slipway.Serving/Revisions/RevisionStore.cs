using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Revisions;

/// <summary>What makes a revision the one it is.</summary>
/// <param name="Model">Registered model; empty for a file.</param>
/// <param name="Version">Registered version; 0 for a file.</param>
internal sealed record RevisionContent(string Model, int Version, string Digest, string Format, string Settings);

/// <summary>Which revisions each service ever had, by number.</summary>
internal sealed class RevisionStore(IDatabase database, TimeProvider time) : IObjectHolder
{
    private const string SelectHeld = "SELECT DISTINCT digest FROM serving_revisions WHERE digest IN @digests";

    private const string Columns = "namespace, service, number, model, model_version, digest, format, settings";

    private const string FindByNumber =
        $"SELECT {Columns} FROM serving_revisions WHERE namespace = @ns AND service = @service AND number = @number";

    private const string FindByContent =
        $"""
        SELECT {Columns} FROM serving_revisions
        WHERE namespace = @ns AND service = @service AND model = @model AND digest = @digest AND format = @format AND settings = @settings AND (@version = 0 OR model_version = @version)
        ORDER BY number LIMIT 1
        """;

    private const string NextNumber =
        "SELECT COALESCE(MAX(number), 0) + 1 FROM serving_revisions WHERE namespace = @ns AND service = @service";

    private const string Insert =
        """
        INSERT INTO serving_revisions (namespace, service, number, model, model_version, digest, format, settings, created)
        VALUES (@ns, @service, @number, @model, @version, @digest, @format, @settings, @created)
        """;

    private const string DeleteAll = "DELETE FROM serving_revisions WHERE namespace = @ns AND service IN (@service, @transformer, @explainer)";

    /// <summary>The revision of this content, made when there is none.</summary>
    public Task<Result<Revision>> EnsureAsync(string ns, string service, RevisionContent content, CancellationToken cancellation) =>
        database.WriteAsync<Revision>(
            async (session, _) =>
            {
                var (model, version, digest, format, settings) = content;
                var existing = await session.QuerySingleOrDefaultAsync<RevisionRow>(FindByContent, new { ns, service, model, digest, format, settings, version });
                if (existing is not null)
                {
                    return existing.ToRevision();
                }

                var number = (int)await session.QuerySingleOrDefaultAsync<long>(NextNumber, new { ns, service });
                var revision = new Revision(ns, service, number, model, version == 0 ? number : version, digest, format, settings);
                await session.ExecuteAsync(
                    Insert, new { ns, service, number, model, version = revision.ModelVersion, digest, format, settings, created = Micros.Of(time.GetUtcNow()) });
                return revision;
            },
            cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests) =>
        await session.QueryAsync<string>(SelectHeld, new { digests = digests.ToArray() });

    public async Task<Revision?> FindAsync(string ns, string service, int number, CancellationToken cancellation)
    {
        var row = await database.ReadAsync(
            (session, _) => session.QuerySingleOrDefaultAsync<RevisionRow>(FindByNumber, new { ns, service, number }), cancellation);
        return row?.ToRevision();
    }

    /// <summary>Forgets a service that is gone, with its transformers and explainers, so that one of the same name begins anew.</summary>
    public Task<Result<Unit>> DeleteAllAsync(string ns, string service, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await session.ExecuteAsync(
                    DeleteAll,
                    new
                    {
                        ns, service, transformer = LoadedCode.OwnerOf(service, CodeSpec.Transformer), explainer = LoadedCode.OwnerOf(service, CodeSpec.Explainer),
                    });
                return default(Unit);
            },
            cancellation);

    private sealed class RevisionRow
    {
        public string Namespace { get; init; } = "";

        public string Service { get; init; } = "";

        public long Number { get; init; }

        public string Model { get; init; } = "";

        public long ModelVersion { get; init; }

        public string Digest { get; init; } = "";

        public string Format { get; init; } = "";

        public string Settings { get; init; } = "";

        public Revision ToRevision() => new(Namespace, Service, (int)Number, Model, (int)ModelVersion, Digest, Format, Settings);
    }
}
