using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>Limits on the process itself (prlimit), under those of its control group.</summary>
internal static unsafe class ProcessLimits
{
    public static void Set(int pid, WorkloadResources limits, bool memoryIsKept)
    {
        // No core files: they would land in the working folder and hold secrets.
        Put(pid, Libc.RLIMIT_CORE, 0);
        if (limits.DiskBytes is { } disk)
        {
            Put(pid, Libc.RLIMIT_FSIZE, (ulong)disk);
        }

        if (limits.MemoryBytes is { } memory && !memoryIsKept)
        {
            // A wide fence against a burst between two looks of the watch; what is asked for but never touched counts here, so it cannot be tight.
            Put(pid, Libc.RLIMIT_DATA, ((ulong)memory * 2) + (1UL << 30));
        }
    }

    /// <summary>What was asked for and is not kept here, in words for the log.</summary>
    public static IEnumerable<string> NotKept(Workload workload, Cgroup? cgroup)
    {
        if (workload.Resources.Cpu is not null && cgroup?.LimitsCpu != true)
        {
            yield return "slipway: the processor limit is not kept: this server may not make control groups for it";
        }

        if (workload.Resources.Pids is not null && cgroup?.LimitsPids != true)
        {
            yield return "slipway: the limit of processes is not kept: this server may not make control groups for it";
        }

        if (workload.Resources.Accelerator is { Count: > 0 } accelerator && !File.Exists("/dev/nvidia0") && !File.Exists("/dev/kfd"))
        {
            yield return $"slipway: {accelerator.Count} {accelerator.Type} asked for, and this machine has none: it runs without";
        }
    }

    private static void Put(int pid, int resource, ulong value)
    {
        var limit = new Libc.ResourceLimit { Soft = value, Hard = value };
        _ = Libc.prlimit(pid, resource, &limit, null);
    }
}
