using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Serving.Payloads;
using Slipway.Serving.Wire;

namespace Slipway.Serving.PayloadReading;

internal enum PayloadFormat
{
    Json,
    Ndjson,
    Parquet,
}

/// <summary>
/// Payloads of a stretch of arrival time with their labels, as one file: from Parquet files here and in the service's object store, from spools that are not
/// packed yet and from the one that is being written. What this server has answered before is in it.
/// </summary>
internal sealed class PayloadQuery(PayloadFolder folder, PayloadLog log, StoredPayloads stored, PayloadEngine engine, LabelStore labels, ServingOptions options, TimeProvider time)
{
    /// <summary>A file in the temporary folder, the caller's to delete.</summary>
    public async Task<Result<string>> RunAsync(
        string ns, string service, DateTimeOffset from, DateTimeOffset until, int? limit, PayloadFormat format, CancellationToken cancellation)
    {
        if (!(await log.FlushAsync(ns, service, cancellation)).TryGet(out var copies, out var problem))
        {
            return problem;
        }

        Directory.CreateDirectory(folder.Temporary);
        var (labelled, made) = (Temporary(".labels"), Temporary(".out"));
        try
        {
            await WriteLabelsAsync(ns, service, from, labelled, cancellation);
            var (first, last) = (DayOf(from), DayOf(until));

            // Most of what has to be fetched is, before others have to wait for it.
            if ((await FetchAsync(ns, service, first, last, trims: false, cancellation)).Problem is { } unreachable)
            {
                return unreachable;
            }

            using (await folder.HoldAsync(cancellation))
            {
                if (!(await FetchAsync(ns, service, first, last, trims: true, cancellation)).TryGet(out var fetched, out problem))
                {
                    return problem;
                }

                string[] parquet = [.. folder.Parquet(ns, service, first, last).Select(f => f.File.FullName), .. fetched];
                string[] waiting = [.. folder.SealedOf(ns, service, first, last)];

                // A spool that was sealed since its copy was made is read as what it has become.
                var packed = parquet.Concat(waiting).Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
                string[] spools = [.. waiting, .. copies.Where(c => !packed.Contains(PayloadFolder.SpoolOfCopy(c)))];
                var written = await engine.ExecuteAsync(Sql(parquet, spools, labelled, made, from, until, limit, format), cancellation);
                return written.Select(_ => made);
            }
        }
        finally
        {
            foreach (var path in copies.Append(labelled))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Files of the object store, here; a file that still lies in the data folder is not among them.</summary>
    private async Task<Result<string[]>> FetchAsync(string ns, string service, DateOnly first, DateOnly last, bool trims, CancellationToken cancellation)
    {
        if (!(await stored.ListAsync(ns, service, first, last, cancellation)).TryGet(out var listed, out var problem))
        {
            return problem;
        }

        var here = folder.Parquet(ns, service, first, last).Select(f => f.File.Name).ToHashSet(StringComparer.Ordinal);
        StoredPayload[] needed = [.. listed.Where(f => !here.Contains(f.Name))];
        if (trims)
        {
            stored.Trim(needed);
        }

        return (await stored.FetchAsync(needed, cancellation)).Select(_ => needed.Select(f => f.Local).ToArray());
    }

    private static DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    private string Temporary(string ending) => Path.Combine(folder.Temporary, Id.New(time) + ending);

    private string Sql(
        string[] parquet, string[] spools, string labelled, string made, DateTimeOffset from, DateTimeOffset until, int? limit, PayloadFormat format)
    {
        var sources = new List<string>();
        if (parquet.Length > 0)
        {
            sources.Add(PayloadColumns.FromParquet(PayloadEngine.List(parquet)));
        }

        if (spools.Length > 0)
        {
            sources.Add(PayloadColumns.FromSpools(PayloadEngine.List(spools), options.Payloads.PayloadRowBytes + 2L));
        }

        var rows = sources.Count == 0 ? PayloadColumns.Nothing : string.Join(" UNION ALL ", sources);
        var columns = string.Join(", ", PayloadColumns.All.Select(c => Shown(c.Name, c.Type, format)));
        var bound = limit is { } most ? string.Create(CultureInfo.InvariantCulture, $" LIMIT {most}") : "";
        var form = format switch
        {
            PayloadFormat.Parquet => "FORMAT parquet, COMPRESSION zstd",
            PayloadFormat.Json => "FORMAT json, ARRAY true",
            _ => "FORMAT json, ARRAY false",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            COPY (
              SELECT {columns}, l.number AS label_number, l.text AS label_text FROM ({rows}) p
              LEFT JOIN read_json({DuckDbText.Literal(labelled)}, format = 'newline_delimited', columns = {LabelColumns}) l ON l.label_id = p.id
              WHERE p.time >= make_timestamp({Micros.Of(from)}) AND p.time < make_timestamp({Micros.Of(until)})
              ORDER BY p.time, p.id, p.model_version{bound}
            ) TO {DuckDbText.Literal(made)} ({form})
            """);
    }

    private const string LabelColumns = "{label_id: 'VARCHAR', number: 'DOUBLE', text: 'VARCHAR'}";

    private static string Shown(string name, string type, PayloadFormat format) => (type, format) switch
    {
        ("JSON", _) => $"p.{name}::JSON AS {name}",
        ("TIMESTAMP", not PayloadFormat.Parquet) => $"strftime(p.{name}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {name}",
        _ => $"p.{name} AS {name}",
    };

    private async Task WriteLabelsAsync(string ns, string service, DateTimeOffset from, string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var lines = new ArrayBufferWriter<byte>(1 << 16);
        await using var writer = new Utf8JsonWriter(lines, OipWriter.Options);
        var after = "";
        while (true)
        {
            var page = await labels.PageAsync(ns, service, after, from, cancellation);
            lines.ResetWrittenCount();
            foreach (var label in page)
            {
                writer.Reset();
                writer.WriteStartObject();
                writer.WriteString("label_id", label.Id);
                if (label.Number is { } number)
                {
                    writer.WriteNumber("number", number);
                }

                writer.WriteString("text", label.Text);
                writer.WriteEndObject();
                writer.Flush();
                lines.Write("\n"u8);
            }

            await file.WriteAsync(lines.WrittenMemory, cancellation);
            if (page.Count < LabelStore.PageSize)
            {
                return;
            }

            after = page[^1].Id;
        }
    }
}
