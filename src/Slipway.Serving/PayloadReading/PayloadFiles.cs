using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Feedback;
using Slipway.Serving.Payloads;

namespace Slipway.Serving.PayloadReading;

/// <summary>
/// <c>GET .../payloads/files?from=&amp;until=</c> lists the Parquet files of this server, <c>GET .../payloads/files/{day}/{file}</c> gives one. The newest
/// payloads are not in a file yet; the query of payloads has them.
/// </summary>
internal sealed class PayloadFiles(ServicePath path, PayloadFolder folder, ParquetPacker packer)
{
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async Task<IResult> ListAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem)
            || !ServicePath.Time(http, "from", DateTimeOffset.UnixEpoch).TryGet(out var from, out problem)
            || !ServicePath.Time(http, "until", Latest).TryGet(out var until, out problem))
        {
            return problem.ToAnswer();
        }

        using (await packer.ReadingAsync(http.RequestAborted))
        {
            var files = folder.Parquet(service.Namespace, service.Name, DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(until.UtcDateTime))
                .Select(f => new PayloadFileAnswer(
                    PayloadFolder.Write(f.Day), f.File.Name, f.File.Length, EventTime.Write(f.File.LastWriteTimeUtc), f.File.FullName,
                    $"/api/slipway/v1/namespaces/{service.Namespace}/inferenceservices/{service.Name}/payloads/files/{PayloadFolder.Write(f.Day)}/{f.File.Name}"))
                .ToArray();
            return Results.Json(
                new PayloadFilesAnswer(Path.Combine(folder.ServiceFolder(service.Namespace, service.Name), "*", "*.parquet"), files),
                PayloadReadingJson.Default.PayloadFilesAnswer);
        }
    }

    public async Task<IResult> GetAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem))
        {
            return problem.ToAnswer();
        }

        // Looked up in the listing, so that no name leads out of the folder.
        var (day, name) = ((string)http.GetRouteValue("day")!, (string)http.GetRouteValue("file")!);
        var found = PayloadFolder.ReadDay(day) is { } asked
            ? folder.Parquet(service.Namespace, service.Name, asked, asked).Select(f => f.File).FirstOrDefault(f => f.Name == name)
            : null;
        return found is null
            ? Problem.NotFound($"Payload file '{day}/{name}' of inference service '{service.Name}'").ToAnswer()
            : Results.File(found.FullName, "application/vnd.apache.parquet", found.Name, enableRangeProcessing: true);
    }
}

/// <param name="Path">On this server's machine.</param>
/// <param name="Url">Where this server gives it, ranges included.</param>
internal sealed record PayloadFileAnswer(string Day, string Name, long Bytes, string Written, string Path, string Url);

/// <param name="Pattern">All of the service's files on this server's machine, for <c>read_parquet</c>.</param>
internal sealed record PayloadFilesAnswer(string Pattern, IReadOnlyList<PayloadFileAnswer> Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PayloadFilesAnswer))]
internal sealed partial class PayloadReadingJson : JsonSerializerContext;
