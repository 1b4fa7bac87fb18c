using System.Globalization;
using Slipway.Contracts.Data.Ports;
using Slipway.Data.Domain;
using Slipway.Data.Tables;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Data.Versions;

/// <summary>The port, over the store, the object store and the analytics engine.</summary>
internal sealed class Datasets(
    DatasetStore store, IObjectStore objects, Analytics analytics, DataOptions options, DataMetrics metrics, TimeProvider time) : IDatasets
{
    public async Task<Result<DatasetVersion>> AddVersionAsync(
        string ns, string name, string format, string source, Stream content, CancellationToken cancellation) =>
        (await AddAsync(ns, name, format, source, content, cancellation)).Select(added => added.Version);

    /// <summary>As the port's, and whether the version is new.</summary>
    public async Task<Result<(DatasetVersion Version, bool Made)>> AddAsync(
        string ns, string name, string format, string source, Stream content, CancellationToken cancellation)
    {
        if (DatasetName.Check(ns, name) is { } wrongName)
        {
            return wrongName;
        }

        if (format is not (FileTable.Csv or FileTable.Parquet))
        {
            return Problem.Invalid($"format: '{format}' is not known; use csv or parquet");
        }

        if (!(await PutAsync(format, content, cancellation)).TryGet(out var put, out var problem))
        {
            return problem;
        }

        // The same bytes again: their schema and profile are known.
        if (await store.FindByDigestAsync(ns, name, put.Sha256, cancellation) is { } known)
        {
            return (known, false);
        }

        if (!(await objects.LocalPathAsync(put.Sha256, cancellation)).TryGet(out var path, out problem))
        {
            return problem;
        }

        var described = await analytics.UseAsync(
            connection => FileTableStore.Infer(connection, path, format, cancellation)
                .Then(table => ProfileStore.Profile(connection, table, cancellation).Select(profile => (table, profile))),
            cancellation);
        if (!described.TryGet(out var found, out problem))
        {
            return problem;
        }

        var rows = (long)found.profile["rows"]!;
        if (rows == 0)
        {
            return Problem.Invalid("The file has columns but no rows");
        }

        var draft = new DatasetVersion(ns, name, 0, put.Sha256, format, put.Bytes, rows, found.table.Columns, time.GetUtcNow()) { Source = source };
        var added = await store.AddAsync(draft, found.profile, cancellation);
        if (added is { Succeeded: true, Value.Made: true })
        {
            metrics.OnVersionCreated(format, put.Bytes);
        }

        return added;
    }

    public async Task<Result<DatasetVersion>> AddFrameAsync(string ns, string name, string source, Frame frame, CancellationToken cancellation)
    {
        using var csv = new MemoryStream(FrameCsv.Write(frame), writable: false);
        return await AddVersionAsync(ns, name, FileTable.Csv, source, csv, cancellation);
    }

    public async Task<Result<DatasetVersion>> GetVersionAsync(string ns, string name, string version, CancellationToken cancellation)
    {
        var found = version == "latest" ? await store.FindLatestAsync(ns, name, cancellation)
            : long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? await store.FindByNumberAsync(ns, name, number, cancellation)
                : await store.FindByDigestAsync(ns, name, version, cancellation);
        return found is null ? Problem.NotFound($"Dataset version {ns}/{name}:{version}") : found;
    }

    public Task<Result<Frame>> ReadAsync(DatasetVersion version, DatasetQuery query, CancellationToken cancellation) =>
        ReadAsync(version, query, 0, null, cancellation);

    /// <summary>As the port's, only <paramref name="limit"/> rows from <paramref name="offset"/>.</summary>
    public async Task<Result<Frame>> ReadAsync(DatasetVersion version, DatasetQuery query, long offset, long? limit, CancellationToken cancellation)
    {
        if (!(await objects.LocalPathAsync(version.Digest, cancellation)).TryGet(out var path, out var problem))
        {
            return problem;
        }

        var table = new FileTable(path, version.Format, version.Columns);
        return await analytics.UseAsync(connection => FileTableStore.Read(connection, table, query, offset, limit, cancellation), cancellation);
    }

    private async Task<Result<ObjectDigest>> PutAsync(string format, Stream content, CancellationToken cancellation)
    {
        try
        {
            await using var checking = new CheckedStream(content, format);
            return await objects.PutAsync(checking, options.MaxUploadBytes, cancellation);
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }
}
