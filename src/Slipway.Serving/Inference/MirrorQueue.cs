using System.Threading.Channels;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Inference;

/// <summary>Requests that were answered and wait to run on other revisions. Bounded: what does not fit is shed and counted, never waited for.</summary>
internal sealed class MirrorQueue(ServingMetrics metrics, ServingOptions options)
{
    private readonly Channel<MirrorJob> _queue = Channel.CreateBounded<MirrorJob>(new BoundedChannelOptions(options.MirrorQueue) { SingleReader = true });
    private long _queuedBytes;

    public ChannelReader<MirrorJob> Reader => _queue.Reader;

    /// <summary>Holds both for itself; the answer only where it is compared with.</summary>
    public void TryAdd(ServiceRoute route, Exchange exchange, ModelAnswer answer)
    {
        var bytes = exchange.Request.BodyBytes;
        var fits = Interlocked.Add(ref _queuedBytes, bytes) <= options.LogQueueBytes;
        var job = new MirrorJob(route, fits ? exchange.Hold() : null, answer.Revision, fits && route.Trial is not null ? answer.Hold() : null, null);
        if (fits && _queue.Writer.TryWrite(job))
        {
            return;
        }

        if (fits)
        {
            exchange.Release();
            job.Answer?.Release();
        }

        Interlocked.Add(ref _queuedBytes, -bytes);
        metrics.OnMirrorShed(route.Namespace, route.Name);
    }

    /// <summary>Ends when everything added before has been run and handed to the log.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.Writer.WriteAsync(new MirrorJob(null, null, null, null, done), cancellation);
        }
        catch (ChannelClosedException)
        {
            return;
        }

        await done.Task.WaitAsync(cancellation);
    }

    public void Complete() => _queue.Writer.TryComplete();

    public void Done(MirrorJob job)
    {
        job.Drained?.TrySetResult();
        job.Answer?.Release();
        if (job.Exchange is { } exchange)
        {
            Interlocked.Add(ref _queuedBytes, -exchange.Request.BodyBytes);
            exchange.Release();
        }
    }
}

/// <summary>A request to run again, or a mark whose task ends when the worker gets there.</summary>
/// <param name="Answer">What the caller got, to compare with; null when nothing is measured.</param>
internal readonly record struct MirrorJob(
    ServiceRoute? Route, Exchange? Exchange, LoadedRevision? Answered, ModelAnswer? Answer, TaskCompletionSource? Drained);
