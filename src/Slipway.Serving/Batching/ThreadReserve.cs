namespace Slipway.Serving.Batching;

/// <summary>
/// Threads set aside for models whose runs hold one for long. Runs in this process are on the pool's threads, of which there are at first as many as
/// cores: without this, one heavy model would have them all, and a request for another model, or the reading of its body, would wait for
/// milliseconds for a thread although the cores could be shared. The kernel then shares them fairly.
/// </summary>
internal sealed class ThreadReserve
{
    /// <summary>More threads than this only take memory and turns.</summary>
    private static readonly int Most = 16 * Environment.ProcessorCount;

    private readonly Lock _lock = new();
    private int _reserved;

    public void Add(int threads) => Change(threads);

    public void Remove(int threads) => Change(-threads);

    private void Change(int threads)
    {
        lock (_lock)
        {
            ThreadPool.GetMinThreads(out var workers, out var completion);
            var ordinary = workers - Math.Min(_reserved, Most);
            _reserved += threads;
            ThreadPool.SetMinThreads(ordinary + Math.Min(_reserved, Most), completion);
        }
    }
}
