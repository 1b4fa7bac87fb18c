using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>
/// One attempt from its start to the moment nothing of it is left. The end comes from the event loop: the first process is reaped, the rest of its tree
/// is ended, its output is drained, its outcome told.
/// </summary>
internal sealed class RunningProcess : IRunningWorkload
{
    // A process that cannot be killed for so long hangs in the kernel; its attempt must end all the same.
    private static readonly TimeSpan PatienceWithTheKernel = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<WorkloadOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly Workload _workload;
    private readonly Cgroup? _cgroup;
    private readonly ProcessFolder _folder;
    private readonly ILogSink _log;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly int _pid;
    private readonly bool _leaveDescendants;
    private readonly ProcessTree _tree;
    private readonly ProcessUsage _usage;
    private readonly LastWords _lastWords = new();
    private readonly EventLoop _loop = EventLoop.Shared;
    private OutputPipe? _output;
    private OutputPipe? _error;
    private int _pidfd;
    private long _pidfdKey;
    private StopReason _reason;
    private bool _asked;
    private bool _reaped;
    private int _status;
    private ITimer? _timeout;
    private ITimer? _grace;
    private long _killAt = long.MaxValue;

    private RunningProcess(Workload workload, WorkloadMarker marker, Spawned spawned, Cgroup? cgroup, ProcessFolder folder, ILogSink log, long startedAt, bool leaveDescendants, TimeProvider time)
    {
        _leaveDescendants = leaveDescendants;
        (_workload, _cgroup, _folder, _log, _startedAt, _time, _pid) = (workload, cgroup, folder, log, startedAt, time, spawned.Pid);
        _tree = new ProcessTree(_pid, workload.Attempt);
        _usage = new ProcessUsage(_pid, cgroup);
        Marker = marker with { Pid = _pid, Session = _pid, StartTicks = ProcFile.Stat(_pid)?.StartTicks, Cgroup = cgroup?.Folder };
    }

    public WorkloadMarker Marker { get; }

    public Task<WorkloadOutcome> Completion => _completion.Task;

    public ResourceUse Usage => Completion.IsCompletedSuccessfully ? Outcome.Use : _usage.Now(_time.GetElapsedTime(_startedAt));

    public bool MemoryIsKept => _cgroup?.LimitsMemory == true;

    public static RunningProcess Attach(
        Workload workload, WorkloadMarker marker, Spawned spawned, Cgroup? cgroup, ProcessFolder folder, ILogSink log, long startedAt, ProcessOptions options, TimeProvider time)
    {
        // First of all, while it is still loading: what it forks later is counted with it. On a busy machine it may have forked already.
        cgroup?.Take(spawned.Pid);
        ProcessLimits.Set(spawned.Pid, workload.Resources, cgroup?.LimitsMemory == true);
        var running = new RunningProcess(workload, marker, spawned, cgroup, folder, log, startedAt, options.LeaveDescendants, time);
        if (cgroup is not null && ProcFile.Children(spawned.Pid, spawned.Pid) is { Count: > 0 })
        {
            running._tree.Living([]).ForEach(early => cgroup.Take(early.Pid));
        }

        foreach (var note in ProcessLimits.NotKept(workload, cgroup))
        {
            log.Write(LogStream.System, System.Text.Encoding.UTF8.GetBytes(note + "\n"));
        }

        running.Listen(spawned);
        running._timeout = TimerSpan.Timeout(workload.Timeout) is { } timeout ? time.CreateTimer(_ => running.Stop(StopReason.TimedOut, workload.GracePeriod), null, timeout, Timeout.InfiniteTimeSpan) : null;
        _ = ProcessWatch.RunAsync(running, workload, folder.Path, running._usage, options.WatchEvery, time, running._ended.Token);
        return running;
    }

    public Task KillAsync(TimeSpan? grace = null)
    {
        Stop(StopReason.Cancelled, grace ?? _workload.GracePeriod);
        return Completion;
    }

    /// <summary>The first reason given is the one told.</summary>
    public void Stop(StopReason reason, TimeSpan grace)
    {
        grace = TimerSpan.Grace(grace);
        lock (_gate)
        {
            if (_reaped)
            {
                return;
            }

            if (_reason == StopReason.None)
            {
                _reason = reason;
            }

            if (grace > TimeSpan.Zero)
            {
                if (!_asked)
                {
                    _asked = true;
                    _ = Libc.kill(-_pid, Signals.Term);
                }

                var at = _time.GetTimestamp() + (long)(grace.TotalSeconds * _time.TimestampFrequency);
                if (at < _killAt)
                {
                    _killAt = at;
                    _grace?.Dispose();
                    _grace = _time.CreateTimer(_ => KillNow(), null, grace, Timeout.InfiniteTimeSpan);
                }

                return;
            }
        }

        KillNow();
    }

    /// <summary>Bytes that all its processes hold now.</summary>
    public long TreeMemory()
    {
        lock (_gate)
        {
            return _reaped ? 0 : _tree.Living(_cgroup?.Members() ?? []).Sum(p => ProcFile.ResidentBytes(p.Pid));
        }
    }

    private WorkloadOutcome Outcome => Completion.GetAwaiter().GetResult();

    // Top down, so that nothing is left to start its children anew. The sweep after the end finds what this misses.
    private void KillNow()
    {
        lock (_gate)
        {
            if (_reaped)
            {
                return;
            }

            // Listed while the first process lives: once it is dead, a child without our variable can no longer be told to be ours.
            var living = _tree.Living(_cgroup?.Members() ?? []);
            _cgroup?.Kill();
            _ = Libc.kill(-_pid, Signals.Kill);
            living.ForEach(process => ProcessTree.Signal(process, Signals.Kill));
        }
    }

    private void Listen(Spawned spawned) => _loop.Post(() =>
    {
        _output = new OutputPipe(_loop, spawned.OutputFd, LogStream.Output, _log, null);
        _error = new OutputPipe(_loop, spawned.ErrorFd, LogStream.Error, _log, _lastWords);
        _pidfd = Libc.PidfdOpen(_pid);
        if (_pidfd >= 0)
        {
            _pidfdKey = _loop.Watch(_pidfd, OnExit);
        }
        else
        {
            _ = PollExitAsync();
        }
    });

    // Kernels before 5.3 have no descriptor for a process's end.
    private async Task PollExitAsync()
    {
        while (ProcFile.Stat(_pid) is { IsDead: false })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        _loop.Post(OnExit);
    }

    private unsafe void OnExit()
    {
        if (_pidfd >= 0)
        {
            _loop.Forget(_pidfdKey, _pidfd);
            _ = Libc.close(_pidfd);
        }

        lock (_gate)
        {
            if (!_leaveDescendants)
            {
                // While it is not reaped its number cannot be another group's.
                _ = Libc.kill(-_pid, Signals.Kill);
            }

            int status;
            Libc.ResourceUsage usage;
            int got;
            do
            {
                got = Libc.wait4(_pid, &status, 0, &usage);
            }
            while (got < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Libc.EINTR);
            _reaped = true;
            _status = got == _pid ? status : ExitStatus.Unknown;
            if (got == _pid)
            {
                _usage.End(_time.GetElapsedTime(_startedAt), usage);
            }
        }

        KnownChildren.Remove(_pid);
        _timeout?.Dispose();
        _grace?.Dispose();
        _ended.Cancel();
        if (!_leaveDescendants && (_cgroup?.Members().Any() == true || ProcessTree.MayHaveOrphans()))
        {
            _ = Task.Run(SweepAsync);
        }
        else
        {
            Finish();
        }
    }

    private async Task SweepAsync()
    {
        var since = TimeProvider.System.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(1); TimeProvider.System.GetElapsedTime(since) < PatienceWithTheKernel; wait *= 2)
        {
            var living = _tree.Living(_cgroup?.Members() ?? []);
            if (living.Count == 0)
            {
                break;
            }

            _cgroup?.Kill();
            living.ForEach(process => ProcessTree.Signal(process, Signals.Kill));
            await Task.Delay(wait < TimeSpan.FromMilliseconds(100) ? wait : TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }

        _loop.Post(Finish);
    }

    private void Finish()
    {
        _output!.DrainAndClose();
        _error!.DrainAndClose();
        _log.Flush();
        if (_folder.IsOwn || _workload.Resources.DiskBytes is not null)
        {
            // Walks over folders: not on the thread that all others wait for.
            _ = Task.Run(Complete);
        }
        else
        {
            Complete();
        }
    }

    private void Complete()
    {
        var use = _usage.Final();
        var outcome = ExitStatus.Explain(_status, _reason, _workload, _lastWords, _cgroup?.OutOfMemoryKills() ?? 0, MemoryIsKept, _folder.Path) with { Use = use };
        _cgroup?.Remove();
        _folder.RemoveIfOwn();
        _completion.TrySetResult(outcome);
    }
}
