using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Payloads;

/// <summary>
/// Keeps the payloads of services that have a logger: rows go through a bounded queue into spools, which become Parquet files when they are large or
/// old enough. A request never waits for it: what does not fit is not kept, and counted. What a flush has confirmed survives a killed server.
/// </summary>
internal sealed class PayloadLog(
    PayloadFolder folder, PayloadStorages storages, ParquetPacker packer, PayloadUploader uploader, PayloadMetrics metrics, ServingOptions options, TimeProvider time, ILogger<PayloadLog> log) : IHostedService
{
    private const int MostItems = 512;

    private readonly PayloadOptions _options = options.Payloads;
    private readonly LogQueue<Item> _queue = new(options.Payloads.PayloadQueue);
    private readonly Dictionary<PayloadKey, PayloadSpool> _spools = [];
    private readonly Dictionary<PayloadKey, Batch> _batches = [];
    private long _queuedBytes;
    private Task _loop = Task.CompletedTask;
    private ITimer? _ticks;

    /// <summary>Queues one answer; false when it was shed or is not to be kept. Holds both arguments for itself.</summary>
    public bool TryAdd(Exchange exchange, ModelAnswer answer, bool served)
    {
        if (!exchange.KeepsPayload)
        {
            return false;
        }

        var bytes = exchange.Request.BodyBytes;
        if (Interlocked.Add(ref _queuedBytes, bytes) > _options.PayloadQueueBytes)
        {
            return Shed(exchange, answer, bytes, "bytes");
        }

        var item = new Item(exchange.Hold(), answer.Hold(), served, bytes, null, null);
        if (_queue.TryAdd(item))
        {
            if (bytes > _options.PayloadQueueBytes / 16)
            {
                _queue.Hurry();
            }

            return true;
        }

        item.Release();
        return Shed(exchange, answer, bytes, "queue");
    }

    /// <summary>
    /// Ends when everything added before is in a file; gives copies of the spools of that service that are still being written, in the temporary
    /// folder, the caller's to delete.
    /// </summary>
    public async Task<Result<IReadOnlyList<string>>> FlushAsync(string ns, string service, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<Result<IReadOnlyList<string>>>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.AddUrgentAsync(new Item(null, null, false, 0, (ns, service), done), cancellation);
        }
        catch (ChannelClosedException)
        {
            return Problem.Unavailable("The server is stopping");
        }

        return await done.Task.WaitAsync(cancellation);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(LoopAsync, CancellationToken.None);
        var every = TimeSpan.FromSeconds(Math.Clamp(_options.PayloadFileSeconds / 4.0, 0.25, 60));

        // A mark without a waiter wakes the loop, which then looks at the age of its spools.
        _ticks = time.CreateTimer(_ => _queue.TryAdd(default), null, every, every);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _ticks?.Dispose();
        _queue.Complete();
        await _loop;
    }

    private bool Shed(Exchange exchange, ModelAnswer answer, int bytes, string reason)
    {
        Interlocked.Add(ref _queuedBytes, -bytes);
        metrics.OnKeptShed(answer.Revision.Tags, exchange.Request.Rows, reason);
        return false;
    }

    private async Task LoopAsync()
    {
        using var encoder = new PayloadEncoder();
        var waiting = new List<Item>();
        while (await _queue.WaitAsync())
        {
            for (var taken = 0; taken < MostItems && _queue.TryTake(out var item); taken++)
            {
                if (item.Exchange is not null)
                {
                    Encode(encoder, item);
                }
                else if (item.Flushed is not null)
                {
                    waiting.Add(item);
                }
            }

            AppendBatches();
            SealOld();
            foreach (var flush in waiting)
            {
                flush.Flushed!.TrySetResult(Copies(flush.Service!.Value));
            }

            waiting.Clear();
        }

        foreach (var spool in _spools.Values)
        {
            Seal(spool);
        }
    }

    private void Encode(PayloadEncoder encoder, Item item)
    {
        var (exchange, answer) = (item.Exchange!, item.Answer!);
        try
        {
            var key = new PayloadKey(exchange.Namespace, exchange.Service, DateOnly.FromDateTime(exchange.Arrived.UtcDateTime));
            if (!_batches.TryGetValue(key, out var batch))
            {
                _batches[key] = batch = new Batch();
            }

            var (rows, tooLong) = encoder.Encode(exchange, answer, item.Served, _options.PayloadRowBytes, batch.Lines);
            batch.Add(answer.Revision.Tags, rows);
            if (tooLong > 0)
            {
                metrics.OnKeptShed(answer.Revision.Tags, tooLong, "row");
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            // One odd answer must not end the log of all others.
            log.LogError(e, "A payload of {Service} could not be written", exchange.Service);
            metrics.OnKeptShed(answer.Revision.Tags, exchange.Request.Rows, "encoding");
        }
        finally
        {
            Interlocked.Add(ref _queuedBytes, -item.Bytes);
            item.Release();
        }
    }

    private void AppendBatches()
    {
        foreach (var (key, batch) in _batches)
        {
            if (batch.Lines.WrittenCount == 0)
            {
                continue;
            }

            var storage = storages.Find(key.Namespace, key.Service);
            if (storage is not null && uploader.IsFull)
            {
                batch.Each((tags, rows) => metrics.OnKeptShed(tags, rows, "storage"));
                continue;
            }

            try
            {
                var spool = SpoolOf(key, storage);
                spool.Append(batch.Lines.WrittenSpan);
                batch.Each(metrics.OnKept);
                if (spool.Length >= _options.PayloadFileBytes)
                {
                    _spools.Remove(key);
                    Seal(spool);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.LogError(e, "Payloads of {Service} could not be written", key.Service);
                batch.Each((tags, rows) => metrics.OnKeptShed(tags, rows, "disk"));
            }
        }

        _batches.Clear();
    }

    private PayloadSpool SpoolOf(PayloadKey key, PayloadStorage? storage)
    {
        if (_spools.TryGetValue(key, out var spool) && spool.Storage != storage)
        {
            _spools.Remove(key);
            Seal(spool);
            spool = null;
        }

        if (spool is null)
        {
            var now = time.GetUtcNow();
            _spools[key] = spool = new PayloadSpool(folder.NewSpool(key, now, Id.New(time)), key, now, storage);
        }

        return spool;
    }

    private void SealOld()
    {
        var before = time.GetUtcNow() - TimeSpan.FromSeconds(_options.PayloadFileSeconds);
        foreach (var spool in _spools.Values.Where(s => s.Begun <= before).ToArray())
        {
            _spools.Remove(spool.Key);
            Seal(spool);
        }
    }

    private void Seal(PayloadSpool spool)
    {
        try
        {
            packer.Add(spool.Seal());
        }
        catch (IOException e)
        {
            // It is found and packed at the next start.
            log.LogError(e, "The payload spool {Path} could not be sealed", spool.Path);
        }
    }

    private Result<IReadOnlyList<string>> Copies((string Namespace, string Name) service)
    {
        var copies = new List<string>();
        try
        {
            foreach (var spool in _spools.Values.Where(s => s.Key.Namespace == service.Namespace && s.Key.Service == service.Name))
            {
                Directory.CreateDirectory(folder.Temporary);
                var copy = folder.NewCopy(spool.Path, Id.New(time));
                copies.Add(copy);
                File.Copy(spool.Path, copy);
            }

            return copies;
        }
        catch (IOException e)
        {
            foreach (var copy in copies)
            {
                File.Delete(copy);
            }

            return Problem.Unavailable($"The payload files cannot be read: {e.Message}");
        }
    }

    /// <summary>An answer, a waiter, or neither: a look at the clock.</summary>
    private readonly record struct Item(
        Exchange? Exchange, ModelAnswer? Answer, bool Served, int Bytes, (string Namespace, string Name)? Service,
        TaskCompletionSource<Result<IReadOnlyList<string>>>? Flushed)
    {
        public void Release()
        {
            Exchange?.Release();
            Answer?.Release();
        }
    }

    /// <summary>Lines that go into one spool together, and whose they are.</summary>
    private sealed class Batch
    {
        private readonly Dictionary<KeyValuePair<string, object?>[], int> _rows = [];

        public ArrayBufferWriter<byte> Lines { get; } = new(4096);

        public void Add(KeyValuePair<string, object?>[] tags, int rows) => _rows[tags] = _rows.GetValueOrDefault(tags) + rows;

        public void Each(Action<IReadOnlyList<KeyValuePair<string, object?>>, int> what)
        {
            foreach (var (tags, rows) in _rows)
            {
                what(tags, rows);
            }
        }
    }
}
