using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary>
/// <c>GET .../versions/{version}/rows?offset=&amp;limit=&amp;columns=a,b&amp;timeColumn=&amp;from=&amp;until=</c>: a page of rows in file order as
/// <c>{"columns":["a"],"rows":[[1.5]]}</c>; missing is null, times are ISO 8601 UTC. Limit 1 to 10000, default 100.
/// </summary>
internal static class ListRows
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(DatasetRoutes.Version + "/rows", HandleAsync).RequirePermission(DatasetRoutes.Read);

    private static async Task<IResult> HandleAsync(
        string ns, string name, string version, string? offset, string? limit, string? columns, string? timeColumn, string? from, string? until,
        Datasets datasets, CancellationToken cancellation)
    {
        if (!DatasetRoutes.Number("limit", limit, 100, 1, 10_000).TryGet(out var most, out var problem)
            || !DatasetRoutes.Number("offset", offset, 0, 0, long.MaxValue).TryGet(out var skip, out problem)
            || !Time("from", from).TryGet(out var start, out problem)
            || !Time("until", until).TryGet(out var end, out problem)
            || !(await datasets.GetVersionAsync(ns, name, version, cancellation)).TryGet(out var found, out problem))
        {
            return problem.ToAnswer();
        }

        var query = new DatasetQuery
        {
            Columns = string.IsNullOrEmpty(columns) ? null : columns.Split(','),
            TimeColumn = string.IsNullOrEmpty(timeColumn) ? null : timeColumn,
            From = start,
            Until = end,
        };
        return (await datasets.ReadAsync(found, query, skip, most, cancellation)).ToAnswer(frame => Results.Bytes(Json(frame, found), "application/json"));
    }

    private static Result<DateTimeOffset?> Time(string name, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Result.From<DateTimeOffset?>(null);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? Result.From<DateTimeOffset?>(time)
            : Problem.Invalid([new Fault(name, $"'{text}' is not a time; write 2024-01-31T12:00:00Z")]);
    }

    private static byte[] Json(Frame frame, DatasetVersion version)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            var truths = version.Columns.Where(c => c.Kind == ColumnKind.Boolean).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
            json.WriteStartObject();
            json.WriteStartArray("columns");
            foreach (var column in frame.Columns)
            {
                json.WriteStringValue(column.Name);
            }

            json.WriteEndArray();
            json.WriteStartArray("rows");
            for (var row = 0; row < frame.Rows; row++)
            {
                json.WriteStartArray();
                foreach (var column in frame.Columns)
                {
                    WriteCell(json, column, row, truths.Contains(column.Name));
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>JSON has no infinities: they are written as texts.</summary>
    private static void WriteCell(Utf8JsonWriter json, Column column, int row, bool truth)
    {
        switch (column)
        {
            case { } c when c.IsMissing(row):
                json.WriteNullValue();
                break;
            case NumericColumn numbers when truth:
                json.WriteBooleanValue(numbers.Values[row] != 0);
                break;
            case NumericColumn numbers when double.IsInfinity(numbers.Values[row]):
                json.WriteStringValue(numbers.Values[row] > 0 ? "Infinity" : "-Infinity");
                break;
            case NumericColumn numbers:
                json.WriteNumberValue(numbers.Values[row]);
                break;
            case TimeColumn times:
                json.WriteStringValue(times.At(row).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture));
                break;
            case TextColumn texts:
                json.WriteStringValue(texts.Values[row]);
                break;
        }
    }
}
