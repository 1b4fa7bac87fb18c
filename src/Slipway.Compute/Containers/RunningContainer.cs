using System.Globalization;
using Slipway.Compute.Backends;
using Slipway.Compute.Processes;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Containers;

/// <summary>One container from its start to its removal. The runtime's own command, attached to it, brings its output and its end.</summary>
internal sealed class RunningContainer : IRunningWorkload
{
    private readonly Lock _gate = new();
    private readonly Workload _workload;
    private readonly ContainerRuntime _runtime;
    private readonly IRunningWorkload _attached;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly string? _ownFolder;
    private readonly CancellationTokenSource _ended = new();
    private StopReason _reason;
    private Task? _stopping;
    private TimeSpan _grace = TimeSpan.MaxValue;

    public RunningContainer(Workload workload, WorkloadMarker marker, ContainerRuntime runtime, IRunningWorkload attached, string? folder, string? ownFolder, ContainerOptions options, TimeProvider time)
    {
        (_workload, _runtime, _attached, _ownFolder, _time, Marker) = (workload, runtime, attached, ownFolder, time, marker);
        _startedAt = time.GetTimestamp();
        Completion = CompleteAsync();
        if (TimerSpan.Timeout(workload.Timeout) is { } timeout)
        {
            _ = AfterAsync(timeout);
        }

        if (folder is not null && workload.Resources.DiskBytes is { } disk)
        {
            _ = WatchDiskAsync(folder, disk, options.WatchEvery);
        }
    }

    public WorkloadMarker Marker { get; }

    public Task<WorkloadOutcome> Completion { get; }

    public ResourceUse Usage => Completion.IsCompletedSuccessfully ? Completion.GetAwaiter().GetResult().Use : ResourceUse.Nothing with { Wall = _time.GetElapsedTime(_startedAt) };

    private string Name => Marker.Container!;

    public async Task KillAsync(TimeSpan? grace = null)
    {
        Stop(StopReason.Cancelled, TimerSpan.Grace(grace ?? _workload.GracePeriod));
        await Completion;
    }

    private void Stop(StopReason reason, TimeSpan grace)
    {
        lock (_gate)
        {
            if (Completion.IsCompleted)
            {
                return;
            }

            if (_reason == StopReason.None)
            {
                _reason = reason;
            }

            if (grace < _grace)
            {
                _grace = grace;
                _stopping = StopAsync(grace, _stopping);
            }
        }
    }

    // The runtime counts in whole seconds: a shorter grace is kept here.
    private async Task StopAsync(TimeSpan grace, Task? before)
    {
        if (before is null && grace > TimeSpan.Zero)
        {
            await _runtime.AskAsync(["kill", "--signal", "TERM", Name], CancellationToken.None);
        }

        if (grace > TimeSpan.Zero)
        {
            await Task.Delay(grace, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // A container that is not there yet cannot be killed: ask until its end has come.
        for (var wait = TimeSpan.FromMilliseconds(50); !_ended.IsCancellationRequested; wait = wait * 2 < TimeSpan.FromSeconds(2) ? wait * 2 : TimeSpan.FromSeconds(2))
        {
            await _runtime.AskAsync(["kill", "--signal", "KILL", Name], CancellationToken.None);
            await Task.Delay(wait, TimeProvider.System, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AfterAsync(TimeSpan timeout)
    {
        await Task.Delay(timeout, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_ended.IsCancellationRequested)
        {
            Stop(StopReason.TimedOut, TimerSpan.Grace(_workload.GracePeriod));
        }
    }

    private async Task WatchDiskAsync(string folder, long limit, TimeSpan every)
    {
        while (!_ended.IsCancellationRequested)
        {
            await Task.Delay(every, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_ended.IsCancellationRequested && FolderSize.Of(folder) >= limit)
            {
                Stop(StopReason.DiskFull, TimeSpan.Zero);
                return;
            }
        }
    }

    private async Task<WorkloadOutcome> CompleteAsync()
    {
        var attached = await _attached.Completion;
        await _ended.CancelAsync();
        var (_, json) = await _runtime.AskAsync(["container", "inspect", Name], CancellationToken.None);
        var state = ContainerState.Read(json);
        var outcome = Explain(attached, state);
        // Whatever state it is in, and whether or not it is there.
        await _runtime.AskAsync(["rm", "--force", "--volumes", Name], CancellationToken.None);
        if (_ownFolder is not null)
        {
            ProcessFolder.Remove(_ownFolder);
        }

        return outcome with { Use = ResourceUse.Nothing with { Wall = _time.GetElapsedTime(_startedAt) } };
    }

    private WorkloadOutcome Explain(WorkloadOutcome attached, ContainerState? state)
    {
        var limits = _workload.Resources;
        switch (_reason)
        {
            case StopReason.Cancelled: return new WorkloadOutcome.Cancelled();
            case StopReason.TimedOut: return new WorkloadOutcome.TimedOut(_workload.Timeout ?? TimeSpan.Zero);
            case StopReason.DiskFull: return new WorkloadOutcome.DiskFull(limits.DiskBytes);
        }

        var full = limits.DiskBytes is { } most && _workload.WorkingFolder is { } folder && FolderSize.Of(folder) >= most;
        if (attached is WorkloadOutcome.CouldNotStart || (attached is WorkloadOutcome.Succeeded && !full))
        {
            return attached;
        }

        var failed = attached as WorkloadOutcome.Failed;
        var code = state is { Started: true } ? state.ExitCode : failed?.ExitCode ?? 255;
        var words = failed?.Reason;
        // 125: the runtime's own fault; 126 and 127: the program cannot be run or is not there. A program may end with these codes too, but only one that ran.
        if (state is not { Started: true } && code is 125 or 126 or 127)
        {
            return new WorkloadOutcome.CouldNotStart(CannotStart(words));
        }

        var signal = code - 128;
        if (state?.OutOfMemory == true || (limits.MemoryBytes is not null && signal == Signals.Kill))
        {
            // Not every runtime tells; under a limit a SIGKILL that we did not send is the kernel's.
            return new WorkloadOutcome.OutOfMemory(limits.MemoryBytes);
        }

        if (full || (limits.DiskBytes is not null && signal == Signals.FileTooLarge))
        {
            return new WorkloadOutcome.DiskFull(limits.DiskBytes);
        }

        return signal > 0 && Signals.Name(signal).StartsWith("SIG", StringComparison.Ordinal) ? new WorkloadOutcome.Killed(signal) : new WorkloadOutcome.Failed(code, words);
    }

    private string CannotStart(string? words)
    {
        words ??= "the container runtime gave no reason";
        var hint =
            words.Contains("not found", StringComparison.Ordinal) && words.Contains("exec", StringComparison.Ordinal) ? $" (the image {_workload.Image} has no such program)"
            : words.Contains("reference format", StringComparison.Ordinal) ? " (an image is named like registry/name:tag)"
            : words.Contains("docker://", StringComparison.Ordinal) || words.Contains("pull access", StringComparison.Ordinal) || words.Contains("manifest", StringComparison.Ordinal) ? " (it is not on this machine and could not be fetched)"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"image \"{_workload.Image}\": {words}{hint}");
    }
}
