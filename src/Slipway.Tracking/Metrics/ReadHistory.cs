using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Metrics;

/// <summary>
/// <c>GET metrics/get-history?run_id=&amp;metric_key=&amp;max_results=&amp;page_token=</c> -> {metrics, next_page_token}, by time, step and value. Without
/// max_results all points, streamed.
/// </summary>
internal static class ReadHistory
{
    // Points read at a time: no caller, however slow, holds a reader for longer.
    private const int Chunk = 10_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("GET", "2.0/mlflow/metrics/get-history", HandleAsync).RequirePermission("runs.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, key, token) = (call.Fields.RequiredRunId(), call.Fields.Required("metric_key"), call.Fields.Text("page_token"));
        int? limit = call.Fields.Int64("max_results") is > 0 ? call.Fields.Count("max_results", 0, 1, int.MaxValue) : null;
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!MlflowPages.Read(token).TryGet(out var place, out var problem))
        {
            return problem;
        }

        var database = call.Service<IDatabase>();
        var series = await database.ReadAsync((session, _) => MetricStore.FindSeriesAsync(session, call.Namespace, id, key), call.Cancellation);
        return series is { } found
            ? MlflowReply.Stream(http => SendAsync(http, database, key, found, place, limit))
            : MlflowReply.Object(writer =>
            {
                writer.WriteStartArray("metrics");
                writer.WriteEndArray();
            });
    }

    private static async Task SendAsync(HttpContext http, IDatabase database, string key, long series, PagePlace place, int? limit)
    {
        http.Response.ContentType = "application/json";
        using var writer = new HistoryWriter(key);
        writer.Raw("{\"metrics\":["u8);
        var (left, last, offset) = (limit ?? long.MaxValue, ReadPlace(place.After), place.After is null ? place.Offset : 0);
        string? next = null;
        while (true)
        {
            // One more than wanted tells whether there is a next page.
            var want = (int)Math.Min(Chunk, left);
            var (read, more) = (0, false);
            await database.ReadAsync(
                (session, _) => MetricStore.PointsAsync(session, series, last, offset, want + 1, point =>
                {
                    more = read == want;
                    if (!more)
                    {
                        writer.Point(point);
                        last = point;
                        read++;
                    }
                }),
                http.RequestAborted);
            (left, offset) = (left - read, 0);
            if (!more || left == 0)
            {
                next = more && limit is not null ? MlflowPages.Token(place.Offset + limit.Value, WritePlace(last!.Value)) : null;
                break;
            }

            await http.Response.BodyWriter.WriteAsync(writer.Written, http.RequestAborted);
            writer.Clear();
        }

        writer.Raw(Encoding.UTF8.GetBytes(next is null ? "]}" : $"],\"next_page_token\":\"{next}\"}}"));
        await http.Response.BodyWriter.WriteAsync(writer.Written, http.RequestAborted);
    }

    private static string WritePlace(PointRow last) =>
        string.Create(CultureInfo.InvariantCulture, $"{last.Time} {last.Step} {last.Value:R} {(last.IsNan ? 1 : 0)}");

    private static PointRow? ReadPlace(string? text) =>
        text?.Split(' ') is [var time, var step, var value, var nan] && long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var t)
        && long.TryParse(step, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var s)
        && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? new PointRow("", t, s, v, nan == "1") : null;
}
