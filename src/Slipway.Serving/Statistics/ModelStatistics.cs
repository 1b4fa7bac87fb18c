using System.Collections.Concurrent;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Statistics;

/// <summary>How often something happened and how long it took in all.</summary>
internal sealed class DurationCount
{
    private long _count;
    private long _nanoseconds;

    public long Count => Volatile.Read(ref _count);

    public long Nanoseconds => Volatile.Read(ref _nanoseconds);

    public void Add(TimeSpan took)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _nanoseconds, (long)took.TotalNanoseconds);
    }
}

/// <summary>What one run of the model over a batch of some size took.</summary>
internal sealed class BatchCount
{
    public DurationCount ComputeInput { get; } = new();

    public DurationCount ComputeInfer { get; } = new();

    public DurationCount ComputeOutput { get; } = new();
}

/// <summary>
/// What one model version has done since the server started: the figures of the extension statistics. They survive unloading and are never reset.
/// </summary>
internal sealed class ModelStatistics
{
    /// <summary>More batch sizes than this are counted in no line of their own: a caller must not grow the table without end.</summary>
    private const int MostBatchSizes = 128;

    private readonly ConcurrentDictionary<int, BatchCount> _batches = new();
    private readonly ConcurrentDictionary<IServedModel, byte> _loaded = new();
    private long _lastInference;
    private long _inferences;
    private long _executions;

    /// <summary>Unix time in milliseconds; 0 before the first.</summary>
    public long LastInference => Volatile.Read(ref _lastInference);

    /// <summary>Rows answered: a batch of 64 counts 64.</summary>
    public long Inferences => Volatile.Read(ref _inferences);

    /// <summary>Runs of the model: a batch of 64 counts 1.</summary>
    public long Executions => Volatile.Read(ref _executions);

    /// <summary>Memory of this process that the version takes now; 0 while it is not loaded.</summary>
    public long MemoryBytes => _loaded.Keys.Sum(m => m.MemoryBytes);

    public DurationCount Success { get; } = new();

    public DurationCount Fail { get; } = new();

    public DurationCount Queue { get; } = new();

    public DurationCount ComputeInput { get; } = new();

    public DurationCount ComputeInfer { get; } = new();

    public DurationCount ComputeOutput { get; } = new();

    public DurationCount CacheHit { get; } = new();

    public DurationCount CacheMiss { get; } = new();

    public IEnumerable<KeyValuePair<int, BatchCount>> Batches => _batches.OrderBy(b => b.Key);

    public void OnLoaded(IServedModel model) => _loaded.TryAdd(model, 0);

    public void OnUnloaded(IServedModel model) => _loaded.TryRemove(model, out _);

    /// <summary>One run of the model for one request of <paramref name="rows"/> rows, or for a batch made of several.</summary>
    public void OnExecuted(int rows, TimeSpan took)
    {
        Interlocked.Increment(ref _executions);
        if (Batch(rows) is { } batch)
        {
            batch.ComputeInfer.Add(took);
        }
    }

    public void OnAnswered(int rows, DateTimeOffset now, TimeSpan queued, TimeSpan computed)
    {
        Interlocked.Add(ref _inferences, rows);
        Volatile.Write(ref _lastInference, now.ToUnixTimeMilliseconds());
        Success.Add(queued + computed);
        Queue.Add(queued);
        ComputeInfer.Add(computed);
    }

    /// <summary>Answered without a run: such rows are not inferences.</summary>
    public void OnAnsweredFromCache(DateTimeOffset now, TimeSpan took)
    {
        Volatile.Write(ref _lastInference, now.ToUnixTimeMilliseconds());
        Success.Add(took);
    }

    /// <summary>Reading a request and writing its answer, which the protocols measure.</summary>
    public void OnWire(int rows, TimeSpan input, TimeSpan output)
    {
        ComputeInput.Add(input);
        ComputeOutput.Add(output);
        if (Batch(rows) is { } batch)
        {
            batch.ComputeInput.Add(input);
            batch.ComputeOutput.Add(output);
        }
    }

    private BatchCount? Batch(int rows)
    {
        if (_batches.TryGetValue(rows, out var known))
        {
            return known;
        }

        return _batches.Count < MostBatchSizes ? _batches.GetOrAdd(rows, static _ => new BatchCount()) : null;
    }
}
