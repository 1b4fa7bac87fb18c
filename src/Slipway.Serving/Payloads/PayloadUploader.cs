using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Payloads;

/// <param name="Files">That wait.</param>
/// <param name="Trouble">Why the last attempt failed; null when it did not.</param>
internal readonly record struct UploadHealth(int Files, string? Trouble);

/// <summary>
/// Brings Parquet files into object stores, and takes them out of the data folder when they are there. A file is tried again until it has arrived, also by the
/// next server: until then it and the file that says where to stay. Its name is its own, and an upload is whole or nothing, so that doing it twice changes nothing.
/// </summary>
internal sealed class PayloadUploader(
    PayloadFolder folder, S3Files store, PayloadMetrics metrics, ServingOptions options, TimeProvider time, ILogger<PayloadUploader> log) : IHostedService, IDisposable
{
    private const int Workers = 2;

    /// <summary>At least, whatever a file's size; a megabyte per second beyond.</summary>
    private static readonly TimeSpan TimeForAFile = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly Channel<Upload> _queue = Channel.CreateUnbounded<Upload>();
    private readonly Channel<(string Namespace, string Name)> _turned = Channel.CreateUnbounded<(string, string)>();
    private readonly ConcurrentDictionary<string, Upload> _waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Namespace, string Name), string> _troubles = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;
    private long _waitingBytes;

    /// <summary>Services whose files began or ceased to arrive.</summary>
    public ChannelReader<(string Namespace, string Name)> Turned => _turned.Reader;

    /// <summary>True while so much waits that no more may be added to it.</summary>
    public bool IsFull => Interlocked.Read(ref _waitingBytes) >= options.Payloads.PayloadUploadBytes;

    /// <summary>Takes up what is packed; a file without a destination, or one that is known, is passed over.</summary>
    public void Add(string destination)
    {
        if (!File.Exists(destination))
        {
            return;
        }

        var file = folder.ParquetOf(destination);
        var upload = new Upload(destination, file, folder.KeyOf(destination), File.Exists(file) ? new FileInfo(file).Length : 0, 0);
        if (_waiting.TryAdd(destination, upload))
        {
            Interlocked.Add(ref _waitingBytes, upload.Bytes);
            metrics.OnUploadWaits(upload.Key.Namespace, upload.Key.Service, 1, upload.Bytes);
            _queue.Writer.TryWrite(upload);
        }
    }

    public UploadHealth Health(string ns, string service) => new(
        _waiting.Values.Count(u => u.Key.Namespace == ns && u.Key.Service == service), _troubles.GetValueOrDefault((ns, service)));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var destination in folder.Destinations().Where(d => !PayloadFolder.IsSpooled(d)).ToArray())
        {
            Add(destination);
        }

        _loops = Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(LoopAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>Tries what waits once more, within a bound; the rest is uploaded after the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await using (time.CreateTimer(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop, TimeSpan.FromMilliseconds(options.Payloads.SinkFlushMs), Timeout.InfiniteTimeSpan))
        await using (cancellationToken.Register(_stop.Cancel))
        {
            await _loops;
        }

        _turned.Writer.TryComplete();
    }

    public void Dispose() => _stop.Dispose();

    private async Task LoopAsync()
    {
        await foreach (var upload in _queue.Reader.ReadAllAsync())
        {
            if (_stop.IsCancellationRequested)
            {
                continue;
            }

            if (await TryUploadAsync(upload) is { } trouble)
            {
                Again(upload, trouble);
            }
        }
    }

    private void Again(Upload upload, string trouble)
    {
        var (ns, service) = (upload.Key.Namespace, upload.Key.Service);
        if (upload.Attempts == 0)
        {
            log.LogWarning("A payload file of {Service} was not uploaded, and will be tried again: {Trouble}", service, trouble);
        }

        if (_troubles.TryAdd((ns, service), trouble))
        {
            _turned.Writer.TryWrite((ns, service));
        }

        metrics.OnUploadRetried(ns, service);
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.25 * Math.Pow(2, upload.Attempts)));
        var next = upload with { Attempts = Math.Min(upload.Attempts + 1, 30) };
        _ = Task.Delay(pause, time, _stop.Token).ContinueWith(_ => _queue.Writer.TryWrite(next), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <summary>Null when it has arrived, else why not.</summary>
    private async Task<string?> TryUploadAsync(Upload upload)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await using var timer = time.CreateTimer(
            static stop => ((CancellationTokenSource)stop!).Cancel(), limit, TimeForAFile + TimeSpan.FromSeconds(upload.Bytes >> 20), Timeout.InfiniteTimeSpan);
        try
        {
            // A file that retention or a person took away is nobody's to upload any more.
            if (File.Exists(upload.File))
            {
                if (PayloadStorage.Parse(await File.ReadAllTextAsync(upload.Destination, limit.Token)) is not { } storage)
                {
                    return $"{upload.Destination} does not say where to";
                }

                var put = await store.PutAsync(
                    storage.Bucket, storage.KeyOf(PayloadFolder.Relative(upload.Key, Path.GetFileName(upload.File))), upload.File, limit.Token);
                if (put.Problem is { } problem)
                {
                    return problem.Message;
                }
            }

            await DoneAsync(upload);
            return null;
        }
        catch (OperationCanceledException)
        {
            return "the object store did not answer in time";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    private async Task DoneAsync(Upload upload)
    {
        using (await folder.HoldAsync(CancellationToken.None))
        {
            // In this order: a file without its destination would stay here for good, beside its copy in the store.
            File.Delete(upload.File);
            File.Delete(upload.Destination);
        }

        var (ns, service) = (upload.Key.Namespace, upload.Key.Service);
        _waiting.TryRemove(upload.Destination, out _);
        Interlocked.Add(ref _waitingBytes, -upload.Bytes);
        metrics.OnUploaded(ns, service);
        metrics.OnUploadWaits(ns, service, -1, -upload.Bytes);
        if (_troubles.TryRemove((ns, service), out _))
        {
            _turned.Writer.TryWrite((ns, service));
        }
    }

    private sealed record Upload(string Destination, string File, PayloadKey Key, long Bytes, int Attempts);
}
