using Microsoft.Extensions.Hosting;
using Slipway.Kernel.Problems;
using Slipway.Serving.Payloads;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;
using Slipway.Serving.Trials;

namespace Slipway.Serving.Inference;

/// <summary>Runs answered requests on the revisions that did not answer, one at a time, so that it never takes more than one core from callers.</summary>
internal sealed class MirrorWorker(MirrorQueue queue, Predictor predictor, PredictionLogWriter log, PayloadLog payloads, ServingMetrics metrics) : IHostedService
{
    /// <summary>
    /// Who adds to a queue that is waited for wakes the one who waits, and pays for that before its caller has its answer. Not waiting at once keeps that
    /// to once in a while: bench/serving's `shadow` tells what it costs callers.
    /// </summary>
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(LoopAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Finishes what is queued, as long as the host waits.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Complete();
        await using (cancellationToken.Register(_stop.Cancel))
        {
            await _loop;
        }

        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            while (queue.Reader.TryRead(out var job))
            {
                if (job.Route is { } route && !_stop.IsCancellationRequested)
                {
                    foreach (var revision in route.MirrorsOf(job.Answered!))
                    {
                        await RunOnAsync(revision, job);
                    }
                }

                queue.Done(job);
            }

            // The real clock: this is about threads, not about time as the server knows it.
            await Task.Delay(Nap, TimeProvider.System);
        }
    }

    private async Task RunOnAsync(LoadedRevision revision, MirrorJob job)
    {
        // A revision retired since then is of no more interest.
        if (!revision.Model.TryAcquire())
        {
            return;
        }

        var exchange = job.Exchange!;
        var (answer, failure) = await predictor.RunAsync(revision, exchange, CancellationToken.None);
        metrics.OnMirrored(revision);
        if (failure is not null)
        {
            metrics.OnFailed(revision);
        }

        Measure(job, answer, failure);
        log.TryAdd(exchange, answer, served: false);
        payloads.TryAdd(exchange, answer, served: false);
        answer.Release();
    }

    private static void Measure(MirrorJob job, ModelAnswer shadow, Problem? failure)
    {
        if (job.Route!.Trial?.Of(shadow.Revision.Revision.Number) is not { } figures)
        {
            return;
        }

        if (failure is not null)
        {
            figures.OnFailed();
            return;
        }

        figures.OnAnswered(shadow.Took);
        if (job.Answer is { Outputs: { } answered } answer)
        {
            figures.OnCompared(OutputDifference.Between(answered, shadow.Outputs!), shadow.Took - answer.Took);
        }
    }
}
