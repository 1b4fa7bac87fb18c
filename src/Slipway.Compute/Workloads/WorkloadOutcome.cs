namespace Slipway.Compute.Workloads;

/// <summary>How a workload ended: a closed list, so that a caller's switch can be complete. <see cref="Words"/> says it to people.</summary>
public abstract record WorkloadOutcome
{
    private WorkloadOutcome()
    {
    }

    public ResourceUse Use { get; init; } = ResourceUse.Nothing;

    /// <summary>One sentence without the workload's name.</summary>
    public abstract string Words { get; }

    /// <summary>A stable word for stores and metrics.</summary>
    public abstract string Code { get; }

    public bool IsSuccess => this is Succeeded;

    public sealed override string ToString() => Words;

    /// <summary>Ended with exit code 0.</summary>
    public sealed record Succeeded : WorkloadOutcome
    {
        public override string Words => "It succeeded.";

        public override string Code => "succeeded";
    }

    /// <summary>Ended by itself with an exit code from 1 to 255. <paramref name="Reason"/>: what is known beyond the code.</summary>
    public sealed record Failed(int ExitCode, string? Reason = null) : WorkloadOutcome
    {
        public override string Words => Reason is null ? $"It ended with exit code {ExitCode}." : $"It ended with exit code {ExitCode}: {Reason}";

        public override string Code => "failed";
    }

    /// <summary>Ended by a signal that neither we nor a limit sent.</summary>
    public sealed record Killed(int Signal) : WorkloadOutcome
    {
        public override string Words => $"It was ended by signal {Signal} ({Signals.Name(Signal)}: {Signals.Meaning(Signal)}).";

        public override string Code => "killed";
    }

    /// <summary>Needed more memory than it may have.</summary>
    public sealed record OutOfMemory(long? LimitBytes) : WorkloadOutcome
    {
        public override string Words => LimitBytes is { } limit
            ? $"It ran out of memory: the limit is {ByteText.Of(limit)}. Raise its memory limit or let it hold less at once."
            : "It ran out of memory: the machine had none left. Run less at once, or give it a memory limit.";

        public override string Code => "outOfMemory";
    }

    public sealed record TimedOut(TimeSpan After) : WorkloadOutcome
    {
        public override string Words => $"It was stopped: it ran longer than its timeout of {DurationWords.Of(After)}.";

        public override string Code => "timedOut";
    }

    /// <summary>Ended because its caller asked for it.</summary>
    public sealed record Cancelled : WorkloadOutcome
    {
        public override string Words => "It was cancelled.";

        public override string Code => "cancelled";
    }

    /// <summary>Wrote more than it may, or the disk had no room.</summary>
    public sealed record DiskFull(long? LimitBytes) : WorkloadOutcome
    {
        public override string Words => LimitBytes is { } limit
            ? $"It wrote more than the {ByteText.Of(limit)} that its working folder may hold. Raise its disk limit or let it write less."
            : "The disk is full. Free some room on it.";

        public override string Code => "diskFull";
    }

    /// <summary>Nothing ran. <paramref name="Reason"/> names the thing that is missing and the cure.</summary>
    public sealed record CouldNotStart(string Reason) : WorkloadOutcome
    {
        public override string Words => $"It could not be started: {Reason}";

        public override string Code => "couldNotStart";
    }
}
