using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Predictions;

/// <summary>
/// Writes predictions to the log in batches, off the hot path. A request never waits for it: when the queue is full the prediction is not logged,
/// and counted. What is queued when the server stops is written before it ends.
/// </summary>
internal sealed class PredictionLogWriter(
    PredictionStore store, ServingMetrics metrics, ServingOptions options, TimeProvider time, ILogger<PredictionLogWriter> log) : IHostedService
{
    /// <summary>Rows in one transaction; at about 12 us a row some 6 ms of the writer's time.</summary>
    private const int MostRows = 512;

    private static readonly TimeSpan[] Pauses = [.. new[] { 50, 200, 1000, 3000 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    private readonly LogQueue<Item> _queue = new(options.LogQueue);
    private readonly CancellationTokenSource _stop = new();
    private long _queuedBytes;
    private Task _loop = Task.CompletedTask;

    /// <summary>Queues one answer; false when it was shed or is not in the sample. Holds both arguments for itself.</summary>
    public bool TryAdd(Exchange exchange, ModelAnswer answer, bool served)
    {
        if (!exchange.IsLogged)
        {
            return false;
        }

        var bytes = exchange.Request.BodyBytes;
        if (Interlocked.Add(ref _queuedBytes, bytes) > options.LogQueueBytes)
        {
            return Shed(answer, bytes, "bytes");
        }

        var item = new Item(exchange.Hold(), answer.Hold(), served, bytes, null);
        if (_queue.TryAdd(item))
        {
            if (bytes > options.LogQueueBytes / 16)
            {
                _queue.Hurry();
            }

            return true;
        }

        item.Release();
        return Shed(answer, bytes, "queue");
    }

    /// <summary>Ends when everything added before is on disk; the problem says that some of it could not be written.</summary>
    public async Task<Result<Unit>> FlushAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<Result<Unit>>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.AddUrgentAsync(new Item(null, null, false, 0, done), cancellation);
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
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Complete();
        await using (cancellationToken.Register(_stop.Cancel))
        {
            await _loop;
        }

        _stop.Dispose();
    }

    private bool Shed(ModelAnswer answer, int bytes, string reason)
    {
        Interlocked.Add(ref _queuedBytes, -bytes);
        metrics.OnLogShed(answer.Revision, reason);
        return false;
    }

    private async Task LoopAsync()
    {
        using var encoder = new RowEncoder();
        var rows = new List<PredictionRow>(MostRows);
        var waiting = new List<TaskCompletionSource<Result<Unit>>>();
        while (await _queue.WaitAsync())
        {
            while (rows.Count < MostRows && _queue.TryTake(out var item))
            {
                if (item.Flushed is { } flushed)
                {
                    waiting.Add(flushed);
                    continue;
                }

                Encode(encoder, item, rows);
            }

            var outcome = rows.Count == 0 ? Result.Ok : await WriteAsync(rows);
            rows.Clear();
            foreach (var flushed in waiting)
            {
                flushed.TrySetResult(outcome);
            }

            waiting.Clear();
        }
    }

    private void Encode(RowEncoder encoder, Item item, List<PredictionRow> rows)
    {
        try
        {
            encoder.Encode(item.Exchange!, item.Answer!, item.Served, rows);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            // One odd answer must not end the log of all others.
            log.LogError(e, "A prediction of {Service} could not be logged", item.Exchange!.Service);
            metrics.OnLogShed(item.Answer!.Revision, "encoding");
        }
        finally
        {
            Interlocked.Add(ref _queuedBytes, -item.Bytes);
            item.Release();
        }
    }

    private async Task<Result<Unit>> WriteAsync(List<PredictionRow> rows)
    {
        for (var attempt = 0; ; attempt++)
        {
            var problem = await TryWriteAsync(rows);
            if (problem is null)
            {
                metrics.OnLogged(rows.Count);
                return Result.Ok;
            }

            if (attempt == Pauses.Length || _stop.IsCancellationRequested)
            {
                log.LogError("{Rows} predictions could not be logged: {Problem}", rows.Count, problem.Message);
                metrics.OnLogLost(rows.Count);
                return problem;
            }

            await Task.Delay(Pauses[attempt], time, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private async Task<Problem?> TryWriteAsync(List<PredictionRow> rows)
    {
        try
        {
            return (await store.AppendAsync(rows, _stop.Token)).Problem;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException or OperationCanceledException)
        {
            return Problem.Unavailable($"The database failed: {e.Message}");
        }
    }

    private readonly record struct Item(
        Exchange? Exchange, ModelAnswer? Answer, bool Served, int Bytes, TaskCompletionSource<Result<Unit>>? Flushed)
    {
        public void Release()
        {
            Exchange?.Release();
            Answer?.Release();
        }
    }
}
