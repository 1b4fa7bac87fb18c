using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Payloads;

namespace Slipway.Serving.PayloadReading;

/// <summary>A payload file in an object store, of whichever server.</summary>
/// <param name="Local">Where it lies when it has been fetched.</param>
internal sealed record StoredPayload(DateOnly Day, string Name, long Bytes, string Bucket, string Key, string Local)
{
    public string Address => $"s3://{Bucket}/{Key}";
}

/// <summary>
/// The payload files of a service that lie in its object store. What is read stays in the data folder for further queries, as much as one query may read;
/// files never change, so a name says whether it is there.
/// </summary>
internal sealed class StoredPayloads(PayloadFolder folder, IResourceStore resources, S3Files store, ServingOptions options, TimeProvider time)
{
    private const int MostListed = 200_000;

    /// <summary>For a listing, and for a file at least; a megabyte per second beyond.</summary>
    private static readonly TimeSpan TimeToAnswer = TimeSpan.FromSeconds(30);

    /// <summary>As the manifest says now, also before this server has made a route of it; null where the service's files stay in the data folder.</summary>
    public async Task<PayloadStorage?> FindAsync(string ns, string service, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, service, cancellation);
        return found.Succeeded ? LoggerSpec.Read(found.Value.Json, [])?.Storage : null;
    }

    /// <summary>In order of days and names; none where the service's files stay in the data folder.</summary>
    public async Task<Result<IReadOnlyList<StoredPayload>>> ListAsync(string ns, string service, DateOnly from, DateOnly until, CancellationToken cancellation)
    {
        if (await FindAsync(ns, service, cancellation) is not { } storage)
        {
            return Result.From<IReadOnlyList<StoredPayload>>([]);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var timer = Limit(limit, TimeToAnswer);
        try
        {
            var prefix = storage.KeyOf($"namespace={ns}/service={service}/");
            var listed = await store.ListBelowAsync(storage.Bucket, prefix, $"{prefix}day={PayloadFolder.Write(from)}", MostListed, limit.Token);
            var place = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(storage.ToString())))[..16];
            return listed.Select(all => (IReadOnlyList<StoredPayload>)[.. all.Select(o => Read(o, prefix)).OfType<StoredPayload>().Where(p => p.Day >= from && p.Day <= until)]);

            StoredPayload? Read(S3Object found, string below)
            {
                var parts = found.Key[below.Length..].Split('/');
                return parts is [var folderOfDay, var name] && folderOfDay.StartsWith("day=", StringComparison.Ordinal) && PayloadFolder.ReadDay(folderOfDay["day=".Length..]) is { } day
                    && name.EndsWith(".parquet", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
                    ? new StoredPayload(day, name, found.Bytes, storage.Bucket, found.Key, Path.Combine(folder.Fetched, place, ns, service, PayloadFolder.Write(day), name))
                    : null;
            }
        }
        catch (Exception e) when (IsTheStores(e) && !cancellation.IsCancellationRequested)
        {
            return Unreachable(storage.ToString(), e);
        }
    }

    /// <summary>Brings files here that are not here yet. TooLarge when they are more than one query may read.</summary>
    public async Task<Result<Unit>> FetchAsync(IReadOnlyList<StoredPayload> files, CancellationToken cancellation)
    {
        if (files.Sum(f => f.Bytes) is var bytes && bytes > options.Payloads.PayloadQueryBytes)
        {
            return new Problem(
                ProblemCode.TooLarge,
                $"The query reads {bytes} bytes of payload files in the object store, and may read {options.Payloads.PayloadQueryBytes} (Serving:PayloadQueryBytes): narrow from and until");
        }

        foreach (var file in files.Where(f => !File.Exists(f.Local)))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await using var timer = Limit(limit, TimeToAnswer + TimeSpan.FromSeconds(file.Bytes >> 20));
            try
            {
                if ((await FetchAsync(file, limit.Token)).Problem is { } problem)
                {
                    return problem;
                }
            }
            catch (Exception e) when (IsTheStores(e) && !cancellation.IsCancellationRequested)
            {
                return Unreachable(file.Address, e);
            }
        }

        return Result.Ok;
    }

    /// <summary>Removes fetched files that were not read for the longest time, until the rest is within bounds. Only while the folder is held.</summary>
    /// <param name="needed">Stay.</param>
    public void Trim(IReadOnlyList<StoredPayload> needed)
    {
        if (!Directory.Exists(folder.Fetched))
        {
            return;
        }

        var stay = needed.Select(f => f.Local).ToHashSet(StringComparer.Ordinal);
        var all = new DirectoryInfo(folder.Fetched).GetFiles("*.parquet", SearchOption.AllDirectories);
        var tooMuch = all.Sum(f => f.Length) - options.Payloads.PayloadQueryBytes;
        foreach (var file in all.Where(f => !stay.Contains(f.FullName)).OrderBy(f => f.LastWriteTimeUtc))
        {
            if (tooMuch <= 0)
            {
                return;
            }

            tooMuch -= file.Length;
            file.Delete();
        }
    }

    private async Task<Result<Unit>> FetchAsync(StoredPayload file, CancellationToken cancellation)
    {
        if (!(await store.OpenAsync(file.Bucket, file.Key, cancellation)).TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            Directory.CreateDirectory(folder.Temporary);
            var temporary = Path.Combine(folder.Temporary, Id.New(time) + ".fetched");
            try
            {
                await using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                await using (var content = await response.Content.ReadAsStreamAsync(cancellation))
                {
                    await content.CopyToAsync(to, cancellation);
                }

                if (new FileInfo(temporary).Length != file.Bytes)
                {
                    return Problem.Unavailable($"{file.Address} came with {new FileInfo(temporary).Length} of {file.Bytes} bytes");
                }

                Directory.CreateDirectory(Path.GetDirectoryName(file.Local)!);
                File.Move(temporary, file.Local, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }

        return Result.Ok;
    }

    private static bool IsTheStores(Exception e) => e is HttpRequestException or IOException or XmlException or OperationCanceledException;

    private static Problem Unreachable(string what, Exception e) => Problem.Unavailable(
        $"{what} cannot be read: {(e is OperationCanceledException ? "the object store did not answer in time" : e.InnerException?.Message ?? e.Message)}", TimeSpan.FromSeconds(1));

    private ITimer Limit(CancellationTokenSource limit, TimeSpan longest) =>
        time.CreateTimer(static stop => ((CancellationTokenSource)stop!).Cancel(), limit, longest, Timeout.InfiniteTimeSpan);
}
