using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Engine;

/// <summary>The runs that this server runs: taken up when they are made here, and when nobody else has them.</summary>
internal sealed partial class RunEngine(
    RunStore store, RunPlans plans, StepRunner steps, ImageDigests images, StepRescue rescue, PipelinesMetrics metrics, PipelinesOptions options, IDatabase database, TimeProvider time,
    ILogger<RunEngine> logger) : IAsyncDisposable
{
    // A server that shows no life for this long is taken for dead: three missed signs.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(12);

    private readonly ConcurrentDictionary<string, LiveRun> _live = new(StringComparer.Ordinal);
    private readonly SlotPool _slots = new(options.ParallelSteps, options.ParallelWorkloads, options.ParallelPerNamespace);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private EngineParts? _parts;
    private bool _leaving;

    public static TimeSpan LifeSign => Lease / 3;

    /// <summary>This server's name among the owners of runs; another one at every start.</summary>
    public string Server { get; } = Guid.CreateVersion7(time.GetUtcNow()).ToString();

    public int Live => _live.Count;

    // The embedded database belongs to one server at a time (the data folder is locked).
    private bool IsAlone => database.Dialect.Engine == DatabaseEngine.Sqlite;

    private EngineParts Parts => _parts ??= new EngineParts(store, steps, images, _slots, metrics, options, time, logger, OnGone, _stopping.Token);

    /// <summary>Whether a run that is made here is to be run here at once; else it lies free for whichever server looks next.</summary>
    public bool WantsMore => !_leaving && _live.Count < options.LiveRuns && (IsAlone || _slots.HasRoom);

    /// <summary>Takes up a run that was just written with this server as its owner.</summary>
    public void Adopt(RunRow row, PipelineSpec spec) => Open(row, plans.Put(row.SpecDigest!, spec), []);

    /// <summary>Does nothing when the run is not run here: its owner finds the wish in the table.</summary>
    public void Cancel(string run)
    {
        if (_live.TryGetValue(run, out var live))
        {
            live.Cancel();
        }
    }

    public Task ShowLifeAsync(CancellationToken cancellation) => store.KeepAliveAsync(Server, Lease, IsAlone, cancellation);

    /// <summary>Takes up what nobody runs, and passes on wishes for runs of this server.</summary>
    public async Task LookAroundAsync(CancellationToken cancellation)
    {
        if (!IsAlone)
        {
            foreach (var id in await store.CancelledAsync(Server, cancellation))
            {
                Cancel(id);
            }
        }

        while (WantsMore)
        {
            var taken = await store.TakeAsync(Server, Math.Min(options.LiveRuns - _live.Count, IsAlone ? 100 : 4), cancellation);
            foreach (var row in taken)
            {
                await TakeUpAsync(row, cancellation);
            }

            if (taken.Count == 0)
            {
                return;
            }
        }
    }

    /// <summary>Stops attempts in order and leaves the runs to others, or to the next start.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _leaving = true;
        }

        var leaving = _live.Values.ToList();
        leaving.ForEach(r => r.Leave());
        await Task.WhenAll(leaving.Select(r => r.Completion)).WaitAsync(cancellation);
        await store.LeaveAsync(Server, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

    private async Task TakeUpAsync(RunRow row, CancellationToken cancellation)
    {
        var plan = await plans.GetAsync(row, cancellation);
        if (!plan.TryGet(out var found, out var problem))
        {
            LogUnreadable(row.Id, problem.Message);
            await store.FailAsync(row, $"the pipeline of this run cannot be read any more: {problem.Message}", cancellation);
            return;
        }

        // What a killed server left running here must be gone before the task runs again.
        var rows = await store.TasksAsync(row.Id, cancellation);
        await rescue.EndAsync(rows, cancellation);
        Open(row, found, rows);
    }

    private void Open(RunRow row, RunPlan plan, IReadOnlyList<TaskRow> rows)
    {
        lock (_lock)
        {
            if (!_leaving)
            {
                _live[row.Id] = LiveRun.Open(Parts, row, plan, rows);
            }
        }
    }

    private void OnGone(LiveRun run)
    {
        lock (_lock)
        {
            _live.TryRemove(KeyValuePair.Create(run.Id, run));
        }
    }

    [LoggerMessage(LogLevel.Error, "Run {Run} cannot be taken up: {Reason}")]
    private partial void LogUnreadable(string run, string reason);
}
