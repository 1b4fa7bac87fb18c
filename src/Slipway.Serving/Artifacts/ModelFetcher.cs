using System.Globalization;
using System.Net;
using System.Xml;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Artifacts;

/// <summary>A model that was brought here, until disposed.</summary>
/// <param name="Stamp">Tells whether it has changed.</param>
/// <param name="Path">A file or a folder; null when it is as it was.</param>
internal sealed record FetchedModel(string Stamp, string? Path, string? Temporary) : IDisposable
{
    public void Dispose()
    {
        if (Temporary is not null && Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true);
        }
    }
}

/// <summary>Brings models here that lie on other servers or in archives: http, https, s3, and zip or tar files of any of them.</summary>
internal sealed class ModelFetcher(OutboundHttp http, S3Files s3, ServingFolder folder, ServingOptions options, TimeProvider time)
{
    private const int MostRedirects = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <summary>How long an answer without ETag or date is taken to be unchanged.</summary>
    private static readonly TimeSpan Trusted = TimeSpan.FromMinutes(5);

    public static bool Fetches(StorageUri source) => source is StorageUri.Remote or StorageUri.S3 || (source is StorageUri.LocalFile { Path: var path } && Archives.IsOne(path) && File.Exists(path));

    /// <param name="known">The stamp of the last time; empty when there was none.</param>
    public async Task<Result<FetchedModel>> FetchAsync(StorageUri source, string known, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var temporary = Path.Combine(folder.Downloads, Guid.NewGuid().ToString("N"));
        var kept = false;
        try
        {
            Directory.CreateDirectory(temporary);
            var fetched = source switch
            {
                StorageUri.Remote remote => await FromHttpAsync(remote.Address, known, temporary, both.Token),
                StorageUri.S3 from => await FromS3Async(from, known, temporary, both.Token),
                StorageUri.LocalFile file => FromFile(file.Path, known, temporary),
                _ => throw new InvalidOperationException($"No way to fetch {source}"),
            };
            if (fetched is { Succeeded: true, Value.Path: { } path } && Archives.IsOne(path))
            {
                var unpacked = await Archives.UnpackAsync(path, Path.Combine(temporary, "unpacked"), options.MaxModelBytes, both.Token);
                fetched = unpacked.TryGet(out var inside, out var problem) ? fetched.Value with { Path = inside } : problem;
            }

            kept = fetched is { Succeeded: true, Value.Path: not null };
            return fetched;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or XmlException)
        {
            return Problem.Unavailable($"The model cannot be fetched: {e.Message}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Problem.Unavailable($"The model was not fetched within {Longest.TotalMinutes:0} minutes");
        }
        finally
        {
            if (!kept)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static Result<FetchedModel> FromFile(string path, string known, string temporary)
    {
        var file = new FileInfo(path);
        var stamp = string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
        return new FetchedModel(stamp, stamp == known ? null : path, temporary);
    }

    private async Task<Result<FetchedModel>> FromHttpAsync(Uri address, string known, string temporary, CancellationToken cancellation)
    {
        if (known.StartsWith("until ", StringComparison.Ordinal) && long.Parse(known.AsSpan(6), CultureInfo.InvariantCulture) > time.GetUtcNow().UtcTicks)
        {
            return new FetchedModel(known, null, temporary);
        }

        using var response = await FollowAsync(address, known, cancellation);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            return new FetchedModel(known, null, temporary);
        }

        if (!response.IsSuccessStatusCode)
        {
            return response.StatusCode == HttpStatusCode.NotFound ? Problem.NotFound($"The model at {address}") : Problem.Unavailable($"The model at {address} was answered with {(int)response.StatusCode}");
        }

        var name = Uri.UnescapeDataString(address.Segments[^1]);
        var path = Path.Combine(temporary, ModelManifest.IsSafe(name) && !name.Contains('/', StringComparison.Ordinal) ? name : "model");
        if (await SaveAsync(response, path, options.MaxModelBytes, cancellation) is { } problem)
        {
            return problem;
        }

        var stamp = response.Headers.ETag?.ToString()
            ?? string.Create(CultureInfo.InvariantCulture, $"until {(time.GetUtcNow() + Trusted).UtcTicks}");
        return new FetchedModel(stamp, path, temporary);
    }

    /// <summary>Each address on the way is held to the same rules as the first.</summary>
    private async Task<HttpResponseMessage> FollowAsync(Uri address, string known, CancellationToken cancellation)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (known.Contains('"', StringComparison.Ordinal))
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", known);
            }

            var response = await http.SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.NotModified || (int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } next)
            {
                return response;
            }

            response.Dispose();
            var target = new Uri(address, next);
            if (redirects == MostRedirects || target.Scheme is not ("http" or "https") || (address.Scheme == "https" && target.Scheme == "http"))
            {
                throw new HttpRequestException($"{address} leads on to {target.GetLeftPart(UriPartial.Authority)}, which is not followed");
            }

            address = target;
        }
    }

    private async Task<Result<FetchedModel>> FromS3Async(StorageUri.S3 from, string known, string temporary, CancellationToken cancellation)
    {
        if (!(await s3.ListAsync(from.Bucket, from.Key, cancellation)).TryGet(out var all, out var problem))
        {
            return problem;
        }

        var stamp = string.Join('\n', all.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Key} {o.Bytes} {o.Tag}")));
        if (stamp == known)
        {
            return new FetchedModel(stamp, null, temporary);
        }

        var target = Path.Combine(temporary, "model");
        var left = options.MaxModelBytes;
        foreach (var one in all)
        {
            var name = one.Key == from.Key ? one.Key.Split('/')[^1] : one.Key[from.Key.Length..].TrimStart('/');
            if (!ModelManifest.IsSafe(name))
            {
                return Problem.Invalid($"s3://{from.Bucket}/{from.Key} holds an object of a name that cannot be kept: '{one.Key}'");
            }

            if (!(await s3.OpenAsync(from.Bucket, one.Key, cancellation)).TryGet(out var response, out problem))
            {
                return problem;
            }

            using (response)
            {
                var path = Path.Combine(target, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                if (await SaveAsync(response, path, left, cancellation) is { } failed)
                {
                    return failed;
                }

                left -= new FileInfo(path).Length;
            }
        }

        return new FetchedModel(stamp, all is [{ } only] && only.Key == from.Key ? Path.Combine(target, only.Key.Split('/')[^1]) : target, temporary);
    }

    private async Task<Problem?> SaveAsync(HttpResponseMessage response, string path, long most, CancellationToken cancellation)
    {
        await using var content = await response.Content.ReadAsStreamAsync(cancellation);
        await using var file = new FileStream(path, FileMode.CreateNew);
        var (chunk, saved, count) = (new byte[128 << 10], 0L, 0);
        while ((count = await content.ReadAsync(chunk, cancellation)) > 0)
        {
            saved += count;
            if (saved > most)
            {
                return new Problem(ProblemCode.TooLarge, $"The model has more than {options.MaxModelBytes} bytes (Serving:MaxModelBytes)");
            }

            await file.WriteAsync(chunk.AsMemory(0, count), cancellation);
        }

        return null;
    }
}
