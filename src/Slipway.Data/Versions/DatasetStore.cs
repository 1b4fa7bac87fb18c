using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Objects;

namespace Slipway.Data.Versions;

/// <summary>A row of <c>data_versions</c> without its profile.</summary>
internal sealed record VersionRow(
    string Namespace, string Dataset, long Number, string Digest, string Format, long Bytes, long RowCount, string Columns, string Source, long Created)
{
    public DatasetVersion ToVersion() => new(
        Namespace, Dataset, (int)Number, Digest, Format, Bytes, RowCount,
        JsonSerializer.Deserialize(Columns, DatasetJson.Default.IReadOnlyListColumnSchema)!, Micros.ToTime(Created))
    {
        Source = Source,
    };
}

/// <summary>The versions of datasets.</summary>
internal sealed class DatasetStore(IDatabase database) : IObjectHolder
{
    private const string RowColumns = "namespace, dataset, number, digest, format, bytes, row_count, columns, source, created";

    private const string FindByDigest = $"SELECT {RowColumns} FROM data_versions WHERE namespace = @ns AND dataset = @name AND digest = @digest";

    private const string FindByNumber = $"SELECT {RowColumns} FROM data_versions WHERE namespace = @ns AND dataset = @name AND number = @number";

    private const string Newest =
        $"SELECT {RowColumns} FROM data_versions WHERE namespace = @ns AND dataset = @name AND number < @before ORDER BY number DESC LIMIT @limit";

    private const string NewestOfEach =
        $"SELECT {RowColumns} FROM data_versions v WHERE namespace = @ns AND dataset > @after AND number = "
        + "(SELECT max(number) FROM data_versions w WHERE w.namespace = v.namespace AND w.dataset = v.dataset) ORDER BY dataset LIMIT @limit";

    private const string ProfileOf = "SELECT profile FROM data_versions WHERE namespace = @ns AND dataset = @name AND number = @number";

    private const string Insert =
        "INSERT INTO data_versions (namespace, dataset, number, digest, format, bytes, row_count, columns, profile, source, created) "
        + "VALUES (@ns, @name, @number, @digest, @format, @bytes, @rows, @columns, @profile, @source, @created)";

    private const string SelectHeld = "SELECT DISTINCT digest FROM data_versions WHERE digest IN @digests";

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests) =>
        await session.QueryAsync<string>(SelectHeld, new { digests = digests.ToArray() });

    /// <summary>The version with these bytes: a new one with the next number, or the one that has them already.</summary>
    public Task<Result<(DatasetVersion Version, bool Made)>> AddAsync(DatasetVersion draft, JsonObject profile, CancellationToken cancellation) =>
        database.WriteAsync<(DatasetVersion Version, bool Made)>(
            async (session, _) =>
            {
                var (ns, name) = (draft.Namespace, draft.Name);
                if (await session.QuerySingleOrDefaultAsync<VersionRow>(FindByDigest, new { ns, name, digest = draft.Digest }) is { } same)
                {
                    return (same.ToVersion(), false);
                }

                var newest = await session.QuerySingleOrDefaultAsync<VersionRow>(Newest, new { ns, name, before = long.MaxValue, limit = 1 });
                var version = draft with { Number = (int)(newest?.Number ?? 0) + 1 };
                await session.ExecuteAsync(Insert, new
                {
                    ns,
                    name,
                    number = (long)version.Number,
                    digest = version.Digest,
                    format = version.Format,
                    bytes = version.Bytes,
                    rows = version.Rows,
                    columns = JsonSerializer.Serialize(version.Columns, DatasetJson.Default.IReadOnlyListColumnSchema),
                    profile = profile.ToJsonString(),
                    source = version.Source,
                    created = Micros.Of(version.Created),
                });
                await session.AppendAsync(new EventDraft(
                    "data.version.created", ns, $"datasets/{name}/{version.Number}", JsonSerializer.SerializeToUtf8Bytes(VersionWire.Of(version), DatasetJson.Default.VersionWire)));
                return (version, true);
            },
            cancellation);

    public Task<DatasetVersion?> FindByDigestAsync(string ns, string name, string digest, CancellationToken cancellation) =>
        FindAsync(FindByDigest, new { ns, name, digest }, cancellation);

    public Task<DatasetVersion?> FindByNumberAsync(string ns, string name, long number, CancellationToken cancellation) =>
        FindAsync(FindByNumber, new { ns, name, number }, cancellation);

    public async Task<DatasetVersion?> FindLatestAsync(string ns, string name, CancellationToken cancellation) =>
        (await ListVersionsAsync(ns, name, long.MaxValue, 1, cancellation)).FirstOrDefault();

    /// <summary>Newest first, numbers below <paramref name="before"/>.</summary>
    public Task<IReadOnlyList<DatasetVersion>> ListVersionsAsync(string ns, string name, long before, int limit, CancellationToken cancellation) =>
        ListAsync(Newest, new { ns, name, before, limit }, cancellation);

    /// <summary>The newest version of each dataset, by name, names after <paramref name="after"/>.</summary>
    public Task<IReadOnlyList<DatasetVersion>> ListAsync(string ns, string after, int limit, CancellationToken cancellation) =>
        ListAsync(NewestOfEach, new { ns, after, limit }, cancellation);

    /// <summary>The profile as JSON text.</summary>
    public async Task<string> ProfileAsync(DatasetVersion version, CancellationToken cancellation) =>
        await database.ReadAsync(
            (session, _) => session.QuerySingleOrDefaultAsync<string>(
                ProfileOf, new { ns = version.Namespace, name = version.Name, number = (long)version.Number }),
            cancellation) ?? "{}";

    private async Task<IReadOnlyList<DatasetVersion>> ListAsync(string sql, object parameters, CancellationToken cancellation) =>
        await database.ReadAsync<IReadOnlyList<DatasetVersion>>(
            async (session, _) => [.. (await session.QueryAsync<VersionRow>(sql, parameters)).Select(r => r.ToVersion())], cancellation);

    private async Task<DatasetVersion?> FindAsync(string sql, object parameters, CancellationToken cancellation) =>
        await database.ReadAsync(
            async (session, _) => (await session.QuerySingleOrDefaultAsync<VersionRow>(sql, parameters))?.ToVersion(), cancellation);
}
