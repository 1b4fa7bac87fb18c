using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Feedback;

namespace Slipway.Serving.PayloadReading;

/// <summary>
/// <c>GET .../inferenceservices/{name}/payloads?from=&amp;until=&amp;format=json|ndjson|parquet&amp;limit=</c>: payloads that arrived in from &lt;= time &lt;
/// until, in order, with their labels. All bounds are optional.
/// </summary>
internal sealed class QueryPayloads(ServicePath path, PayloadQuery query)
{
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem)
            || !ServicePath.Time(http, "from", DateTimeOffset.UnixEpoch).TryGet(out var from, out problem)
            || !ServicePath.Time(http, "until", Latest).TryGet(out var until, out problem)
            || !Limit(http).TryGet(out var limit, out problem)
            || !Format(http).TryGet(out var format, out problem)
            || !(await query.RunAsync(service.Namespace, service.Name, from, until, limit, format, http.RequestAborted)).TryGet(out var file, out problem))
        {
            return problem.ToAnswer();
        }

        var type = format switch
        {
            PayloadFormat.Parquet => "application/vnd.apache.parquet",
            PayloadFormat.Json => "application/json",
            _ => "application/x-ndjson",
        };

        // The name goes at once; the bytes when the answer has been sent or the caller has gone.
        return Results.Stream(
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous | FileOptions.DeleteOnClose),
            type,
            format == PayloadFormat.Parquet ? $"{service.Name}.parquet" : null);
    }

    private static Result<int?> Limit(HttpContext http)
    {
        var text = http.Request.Query["limit"].ToString();
        return text.Length == 0 ? Result.From<int?>(null)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? Result.From<int?>(limit)
            : Problem.Invalid($"limit: '{text}' is not a number of rows from 1");
    }

    private static Result<PayloadFormat> Format(HttpContext http) => http.Request.Query["format"].ToString() switch
    {
        "" or "json" => PayloadFormat.Json,
        "ndjson" => PayloadFormat.Ndjson,
        "parquet" => PayloadFormat.Parquet,
        var other => Problem.Invalid($"format: '{other}' is neither json, ndjson nor parquet"),
    };
}
