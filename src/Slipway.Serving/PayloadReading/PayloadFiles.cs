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
/// <c>GET .../payloads/files?from=&amp;until=</c> lists the Parquet files of this server and of the service's object store,
/// <c>GET .../payloads/files/{day}/{file}</c> gives one. The newest payloads are not in a file yet; the query of payloads has them.
/// </summary>
internal sealed class PayloadFiles(ServicePath path, PayloadFolder folder, StoredPayloads stored)
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

        var (first, last) = (DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(until.UtcDateTime));
        using (await folder.HoldAsync(http.RequestAborted))
        {
            if (!(await stored.ListAsync(service.Namespace, service.Name, first, last, http.RequestAborted)).TryGet(out var elsewhere, out problem))
            {
                return problem.ToAnswer();
            }

            var here = folder.Parquet(service.Namespace, service.Name, first, last)
                .Select(f => new PayloadFileAnswer(
                    PayloadFolder.Write(f.Day), f.File.Name, f.File.Length, EventTime.Write(f.File.LastWriteTimeUtc), f.File.FullName, Url(f.Day, f.File.Name)))
                .ToArray();
            var names = here.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
            var files = elsewhere.Where(f => !names.Contains(f.Name))
                .Select(f => new PayloadFileAnswer(PayloadFolder.Write(f.Day), f.Name, f.Bytes, null, f.Address, Url(f.Day, f.Name)))
                .Concat(here)
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .ToArray();
            return Results.Json(
                new PayloadFilesAnswer(
                    Path.Combine(folder.ServiceFolder(service.Namespace, service.Name), "*", "*.parquet"),
                    await stored.FindAsync(service.Namespace, service.Name, http.RequestAborted) is { } storage
                        ? $"s3://{storage.Bucket}/{storage.KeyOf($"namespace={service.Namespace}/service={service.Name}/*/*.parquet")}"
                        : null,
                    files),
                PayloadReadingJson.Default.PayloadFilesAnswer);
        }

        string Url(DateOnly day, string name) =>
            $"/api/slipway/v1/namespaces/{service.Namespace}/inferenceservices/{service.Name}/payloads/files/{PayloadFolder.Write(day)}/{name}";
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
        if (found is null && PayloadFolder.ReadDay(day) is { } wanted)
        {
            if (!(await stored.ListAsync(service.Namespace, service.Name, wanted, wanted, http.RequestAborted)).TryGet(out var elsewhere, out problem))
            {
                return problem.ToAnswer();
            }

            if (elsewhere.FirstOrDefault(f => f.Name == name) is { } file)
            {
                if ((await stored.FetchAsync([file], http.RequestAborted)).Problem is { } unreachable)
                {
                    return unreachable.ToAnswer();
                }

                found = new FileInfo(file.Local);
            }
        }

        return found is null
            ? Problem.NotFound($"Payload file '{day}/{name}' of inference service '{service.Name}'").ToAnswer()
            : Results.File(found.FullName, "application/vnd.apache.parquet", found.Name, enableRangeProcessing: true);
    }
}

/// <param name="Written">When it was made here; null for one in the object store.</param>
/// <param name="Path">On this server's machine, or <c>s3://BUCKET/KEY</c>.</param>
/// <param name="Url">Where this server gives it, ranges included.</param>
internal sealed record PayloadFileAnswer(string Day, string Name, long Bytes, string? Written, string Path, string Url);

/// <param name="Pattern">All of the service's files on this server's machine, for <c>read_parquet</c>.</param>
/// <param name="StoredPattern">The same for the service's object store; null without one.</param>
internal sealed record PayloadFilesAnswer(string Pattern, string? StoredPattern, IReadOnlyList<PayloadFileAnswer> Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PayloadFilesAnswer))]
internal sealed partial class PayloadReadingJson : JsonSerializerContext;
