using Slipway.Compute.Processes.Native;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>From what the system says of a process's end to an outcome.</summary>
internal static class ExitStatus
{
    /// <summary>Somebody else in the server reaped it: no status can be had.</summary>
    public const int Unknown = -1;

    /// <param name="status">As wait(2) gives it.</param>
    /// <param name="memoryKills">How often the kernel killed something of it for memory.</param>
    /// <param name="memoryIsKept">True when the kernel keeps the memory limit, so that only its word counts.</param>
    public static WorkloadOutcome Explain(
        int status, StopReason reason, Workload workload, LastWords lastWords, long memoryKills, bool memoryIsKept, string folder)
    {
        var limits = workload.Resources;
        switch (reason)
        {
            case StopReason.Cancelled: return new WorkloadOutcome.Cancelled();
            case StopReason.TimedOut: return new WorkloadOutcome.TimedOut(workload.Timeout ?? TimeSpan.Zero);
            case StopReason.OutOfMemory: return new WorkloadOutcome.OutOfMemory(limits.MemoryBytes);
            case StopReason.DiskFull: return new WorkloadOutcome.DiskFull(limits.DiskBytes);
        }

        if (status == Unknown)
        {
            return new WorkloadOutcome.Failed(255, "its exit status was lost, for something else in the server took it");
        }

        var signal = status & 0x7f;
        var code = (status >> 8) & 0xff;
        var full = limits.DiskBytes is { } most && FolderSize.Of(folder) >= most;
        if (signal == 0 && code == 0 && !full)
        {
            return new WorkloadOutcome.Succeeded();
        }

        if (memoryKills > 0)
        {
            return new WorkloadOutcome.OutOfMemory(limits.MemoryBytes);
        }

        // A program that ignores SIGXFSZ (Python does) is told EFBIG instead and ends as it likes; a shell whose child got it may even end well,
        // with a file cut off at exactly the limit.
        if (full || (limits.DiskBytes is not null && signal == Signals.FileTooLarge))
        {
            return new WorkloadOutcome.DiskFull(limits.DiskBytes);
        }

        if (limits.MemoryBytes is not null && !memoryIsKept && lastWords.SpeakOfMemory)
        {
            return new WorkloadOutcome.OutOfMemory(limits.MemoryBytes);
        }

        if (lastWords.SpeakOfDisk)
        {
            return new WorkloadOutcome.DiskFull(null);
        }

        return signal != 0 ? new WorkloadOutcome.Killed(signal) : new WorkloadOutcome.Failed(code, lastWords.Reason(workload.Secrets.Reveal().Values));
    }
}
