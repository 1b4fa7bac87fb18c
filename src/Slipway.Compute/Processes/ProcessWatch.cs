using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>Looks after what the kernel does not: the size of the working folder, memory where there are no control groups; and takes note of the memory used.</summary>
internal static class ProcessWatch
{
    // Without a limit to keep, looks grow rare: they only serve the figure of the most memory used.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan RarestLook = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(
        RunningProcess process, Workload workload, string folder, ProcessUsage usage, TimeSpan every, TimeProvider time, CancellationToken ended)
    {
        var limits = workload.Resources;
        var keepsMemory = limits.MemoryBytes is not null && !process.MemoryIsKept;
        var keeps = keepsMemory || limits.DiskBytes is not null;
        var wait = keeps && every < FirstLook ? every : FirstLook;
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(wait, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
            {
                return;
            }

            wait = keeps ? every : wait * 2 < RarestLook ? wait * 2 : RarestLook;
            var memory = keepsMemory ? process.TreeMemory() : ProcFile.ResidentBytes(process.Marker.Pid!.Value);
            usage.Saw(memory);
            if (keepsMemory && memory > limits.MemoryBytes)
            {
                process.Stop(StopReason.OutOfMemory, TimeSpan.Zero);
            }
            else if (limits.DiskBytes is { } disk && FolderSize.Of(folder) >= disk)
            {
                process.Stop(StopReason.DiskFull, TimeSpan.Zero);
            }
        }
    }
}
