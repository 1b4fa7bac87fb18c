using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Engine;

/// <summary>
/// One run while this server owns it. Everything that happens to it comes through one queue and is worked off by one loop: look what follows
/// (<see cref="RunGraph"/>), write it in one transaction under the run's token, and only then act on it. So the tables never lag behind what was done, and
/// everything that comes in while a commit is on its way to the disk shares the next one.
/// </summary>
internal sealed partial class LiveRun
{
    // Bounds what one transaction holds the writer for: some 10 ms.
    private const int MostRowsPerCommit = 400;
    private const int MostMessagesPerTurn = 512;

    private readonly EngineParts _parts;
    private readonly ILogger _logger;
    private readonly RunPlan _plan;
    private readonly RunOptions _options;
    private readonly RunGraph _graph;
    private readonly SlotShare _share;
    private readonly Channel<Message> _inbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<LiveTask>[] _queued = [new(), new()];
    private readonly int[] _returned = new int[2];
    private readonly int[] _takenUp = new int[2];
    private readonly Dictionary<LiveTask, Attempt> _running = [];
    private readonly List<LiveTask> _starting = [];
    private readonly List<ArtifactRow> _artifacts = [];
    private readonly List<CacheRow> _cache = [];
    private readonly Dictionary<string, string> _images = new(StringComparer.Ordinal);
    private readonly List<string> _objects = [];
    private readonly HashSet<string> _sources = new(StringComparer.Ordinal);
    private readonly List<LiveTask> _forget = [];
    private readonly CancellationTokenSource _ended = new();
    private RunRow _row;
    private bool _rowChanged;
    private bool _leaving;
    private string? _stopReason;

    private LiveRun(EngineParts parts, RunRow row, RunPlan plan)
    {
        (_parts, _logger, _row, _plan, _options) = (parts, parts.Logger, row, plan, RunOptionsJson.Read(row.Options));
        Context = RunContexts.Of(row, plan.Spec, parts.Options);
        _graph = new RunGraph(plan, Context, _options, parts.Options.FinalStatusOfSuccess, parts.NewId);
        _share = new SlotShare(
            row.Namespace, _options.Priority, _options.MaxParallel ?? int.MaxValue, row.Created, kind => _inbox.Writer.TryWrite(new Message.Granted(kind)));
    }

    public string Id => _row.Id;

    public RunContext Context { get; }

    /// <summary>Ends when the run has ended, or belongs to this server no more.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    private long Now => Micros.Of(_parts.Time.GetUtcNow());

    /// <summary>Takes up a run that was just made or that another server left: rows that exist count as done or begun.</summary>
    public static LiveRun Open(EngineParts parts, RunRow row, RunPlan plan, IReadOnlyList<TaskRow> rows)
    {
        var run = new LiveRun(parts, row, plan);
        run.Completion = Task.Run(() => run.LiveAsync(rows));
        return run;
    }

    /// <summary>Somebody asked for the run's end; the row says so already.</summary>
    public void Cancel() => _inbox.Writer.TryWrite(new Message.Cancel());

    /// <summary>The server ends: attempts are stopped and given back, not counted as lost.</summary>
    public void Leave() => _inbox.Writer.TryWrite(new Message.Leave());

    private async Task LiveAsync(IReadOnlyList<TaskRow> rows)
    {
        try
        {
            Begin(rows);
            while (await TurnAsync())
            {
                await _inbox.Reader.WaitToReadAsync();
                for (var n = 0; n < MostMessagesPerTurn && _inbox.Reader.TryRead(out var message); n++)
                {
                    Take(message);
                }
            }
        }
        catch (ProblemException lost) when (lost.Problem.Code == ProblemCode.Conflict)
        {
            LogLost(Id, lost.Message);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A bug, in the rules or in what an author found: the run must not hang for ever because of it.
            LogBroken(exception, Id);
            await FailWholeAsync($"the engine failed on this run: {exception.Message}");
        }
        finally
        {
            await StopAttemptsAsync();
            _parts.Slots.Close(_share, SlotKind.BuiltIn, _returned[0]);
            _parts.Slots.Close(_share, SlotKind.Workload, _returned[1]);
            RemoveWorkspace();
            _parts.OnRunGone(this);
            _ended.Dispose();
        }
    }

    private void RemoveWorkspace()
    {
        if (RunTransitions.IsFinal(_row.StateValue) && Context.Workspace is { } folder && Directory.Exists(folder))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogLeftBehind(exception, folder);
            }
        }
    }

    private void Begin(IReadOnlyList<TaskRow> rows)
    {
        if (_row.StateValue == RunState.Pending)
        {
            SetState(RunEvent.Start, null);
        }

        if (rows.Count == 0)
        {
            _graph.Start(RunContexts.InputsOf(_row), Now);
        }
        else
        {
            _graph.Restore(rows, _parts.Options.MostLostServers, Now);
        }

        if (_row.StateValue == RunState.Canceling)
        {
            _graph.Cancel(Now);
        }
        else if (DeadlineOf() is { } due)
        {
            WakeAt(due, new Message.Deadline());
        }
    }

    private long? DeadlineOf()
    {
        var limit = _options.DeadlineSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _plan.Spec.Platform?.Pipeline.Deadline;
        return limit is null ? null : (_row.Started ?? Now) + (long)limit.Value.TotalMicroseconds;
    }

    private void Take(Message message)
    {
        switch (message)
        {
            case Message.Ended ended:
                OnAttemptEnded(ended.Task, ended.Outcome, ended.Elapsed);
                break;
            case Message.Granted granted:
                _takenUp[(int)granted.Kind]++;
                break;
            case Message.Due due when due.Task.State == TaskState.Queued && !_leaving:
                _queued[(int)SlotOf(due.Task)].Enqueue(due.Task);
                break;
            case Message.Cancel when _row.StateValue is RunState.Running:
                SetState(RunEvent.Cancel, null);
                StopAll();
                break;
            case Message.Deadline when !_graph.HasEnded && !_graph.Canceling:
                _stopReason = "the run took longer than its deadline and was ended";
                StopAll();
                break;
            case Message.Leave:
                _leaving = true;
                CancelAttempts();
                break;
            default:
                break;
        }
    }

    /// <summary>One turn: what follows, written, then done. False when there is nothing more to do here.</summary>
    private async Task<bool> TurnAsync()
    {
        await TakeReadyAsync();
        AskForSlots();
        if (_graph.HasEnded && _graph.Executing == 0)
        {
            EndRun();
        }

        await CommitAsync();
        foreach (var task in _starting)
        {
            Launch(task);
        }

        _starting.Clear();
        return !RunTransitions.IsFinal(_row.StateValue) && !(_leaving && _running.Count == 0);
    }

    /// <summary>Sorts what has become ready: from the cache at once, else into the queue for a slot. A hit may make more ready.</summary>
    private async Task TakeReadyAsync()
    {
        while (_graph.Ready.TryDequeue(out var task))
        {
            if (task.State != TaskState.Queued || _leaving)
            {
                continue;
            }

            if (await CachedAsync(task) is { } hit)
            {
                _graph.SucceedFromCache(task, TaskValuesJson.Parse(hit.Outputs), $"{hit.RunId}/{hit.Path}", Now);
                _sources.Add(hit.RunId);
                Record(task);
                _parts.Metrics.OnCacheHit();
            }
            else if (task.NotBefore > Now)
            {
                WakeAt(task.NotBefore, new Message.Due(task));
            }
            else
            {
                _queued[(int)SlotOf(task)].Enqueue(task);
            }
        }
    }

    private async Task<CacheRow?> CachedAsync(LiveTask task)
    {
        if (task.Attempt > 0 || _options.EnableCache == false || task.Kind != TaskKind.Container || !task.Plan!.Spec.Caching.Enabled)
        {
            return null;
        }

        task.Fingerprint = TaskSemantics.Fingerprint(_plan.Spec, task, await ImageOfAsync(task));
        return task.Fingerprint is { } fingerprint ? await _parts.Store.FindCachedAsync(_row.Namespace, fingerprint, _ended.Token) : null;
    }

    /// <summary>The same within one run; one that is not here yet may be pulled by a step.</summary>
    private async ValueTask<string?> ImageOfAsync(LiveTask task)
    {
        if (task.Plan!.Executor is not ExecutorSpec.Container { Spec.Image: var image })
        {
            return null;
        }

        if (!_images.TryGetValue(image, out var digest) && (digest = await _parts.Images.FindAsync(image, _ended.Token)) is not null)
        {
            _images.Add(image, digest);
        }

        return digest;
    }

    private void AskForSlots()
    {
        for (var k = 0; k < 2; k++)
        {
            var queue = _queued[k];
            while (queue.TryPeek(out var first) && first.State != TaskState.Queued)
            {
                queue.Dequeue();
            }

            if (_returned[k] == 0 && _takenUp[k] == 0 && queue.Count == 0 && _share.Waiting[k] == 0)
            {
                continue;
            }

            // Slots granted before are ours already; whatever is not needed goes back.
            var usable = 0;
            while (usable < _takenUp[k] && StartNext(queue))
            {
                usable++;
            }

            var granted = _parts.Slots.Exchange(_share, (SlotKind)k, _returned[k] + _takenUp[k] - usable, _takenUp[k], queue.Count);
            (_returned[k], _takenUp[k]) = (0, 0);
            for (; granted > 0 && StartNext(queue); granted--)
            {
            }

            _returned[k] += granted;
        }

        if (_returned[0] + _returned[1] > 0)
        {
            // Tasks that were cancelled in the queue were counted: their slots go back next turn.
            _inbox.Writer.TryWrite(new Message.Again());
        }
    }

    private bool StartNext(Queue<LiveTask> queue)
    {
        while (queue.TryDequeue(out var task))
        {
            if (task.State == TaskState.Queued)
            {
                _graph.StartAttempt(task, Now);
                _starting.Add(task);
                return true;
            }
        }

        return false;
    }

    private SlotKind SlotOf(LiveTask task) => StepRunner.NeedsWorkload(task.Plan!.Executor!) ? SlotKind.Workload : SlotKind.BuiltIn;

    private void EndRun()
    {
        var failure = _stopReason ?? _graph.Failure;
        var happened = _row.StateValue == RunState.Canceling ? RunEvent.Settle : failure is not null || _graph.Root.State == TaskState.Failed ? RunEvent.Fail : RunEvent.Succeed;
        _row = _row with { Outputs = _graph.Root.Outputs?.ParametersJson(), Finished = Now };
        SetState(happened, happened == RunEvent.Settle ? "cancelled" : happened == RunEvent.Fail ? failure ?? _graph.Root.Error : null);
        _parts.Metrics.OnRunFinished(_row.Pipeline, _row.State.ToLowerInvariant());
    }

    private void SetState(RunEvent happened, string? error)
    {
        if (!RunTransitions.Table.TryNext(_row.StateValue, happened, out var to))
        {
            throw new InvalidOperationException($"A run cannot {happened} while {_row.State}.");
        }

        var now = Now;
        _row = _row with
        {
            State = to.ToString(), Started = _row.Started ?? now, Error = error, StateHistory = StateHistories.Add(_row.StateHistory, to.ToString(), now, error),
        };
        _rowChanged = true;
    }

    private void StopAll()
    {
        _graph.Cancel(Now);
        CancelAttempts();
    }

    private void WakeAt(long due, Message message)
    {
        var wait = TimeSpan.FromMicroseconds(Math.Max(0, due - Now));
        _ = WaitAsync();

        async Task WaitAsync()
        {
            try
            {
                // The longest that a timer takes is some 49 days.
                await Task.Delay(wait < TimeSpan.FromDays(40) ? wait : TimeSpan.FromDays(40), _parts.Time, _ended.Token);
                _inbox.Writer.TryWrite(message);
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Run {Run} is left to its new owner: {Reason}")]
    private partial void LogLost(string run, string reason);

    [LoggerMessage(LogLevel.Warning, "{Folder} could not be removed")]
    private partial void LogLeftBehind(Exception exception, string folder);

    [LoggerMessage(LogLevel.Error, "Run {Run} is broken")]
    private partial void LogBroken(Exception exception, string run);

    private abstract record Message
    {
        public sealed record Ended(LiveTask Task, StepOutcome Outcome, TimeSpan Elapsed) : Message;

        public sealed record Granted(SlotKind Kind) : Message;

        public sealed record Due(LiveTask Task) : Message;

        public sealed record Cancel : Message;

        public sealed record Deadline : Message;

        public sealed record Leave : Message;

        public sealed record Again : Message;
    }

    private sealed record Attempt(CancellationTokenSource Stop, Task Work, SlotKind Slot);
}
