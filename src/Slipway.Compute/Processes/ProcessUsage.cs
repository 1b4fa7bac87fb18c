using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>Collects what a process uses: looks while it runs, the system's account at its end.</summary>
internal sealed unsafe class ProcessUsage
{
    // USER_HZ: 100 on every architecture that .NET runs on.
    private const long TicksPerClockTick = TimeSpan.TicksPerSecond / 100;

    private readonly int _pid;
    private readonly Cgroup? _cgroup;
    private readonly long _ownPeakKiB;
    private long _seenPeak;
    private ResourceUse _final = ResourceUse.Nothing;

    public ProcessUsage(int pid, Cgroup? cgroup)
    {
        (_pid, _cgroup) = (pid, cgroup);
        Libc.ResourceUsage own;
        _ownPeakKiB = Libc.getrusage(0, &own) == 0 ? own.MaxResidentKiB : long.MaxValue;
    }

    /// <summary>Remembers the larger one. Bytes.</summary>
    public void Saw(long memory) => _seenPeak = Math.Max(_seenPeak, memory);

    public ResourceUse Now(TimeSpan wall)
    {
        var stat = ProcFile.Stat(_pid);
        Saw(ProcFile.ResidentBytes(_pid));
        return new ResourceUse(wall, TimeSpan.FromTicks((stat?.UserTicks ?? 0) * TicksPerClockTick), TimeSpan.FromTicks((stat?.SystemTicks ?? 0) * TicksPerClockTick), Peak(null));
    }

    public void End(TimeSpan wall, Libc.ResourceUsage usage)
    {
        // The child borrowed the server's memory until its exec, and the kernel counts that as the child's own peak: below the server's it tells nothing.
        long? peak = usage.MaxResidentKiB > _ownPeakKiB ? usage.MaxResidentKiB * 1024 : null;
        _final = new ResourceUse(wall, usage.User.Span, usage.System.Span, peak);
    }

    public ResourceUse Final() => _final with { PeakMemoryBytes = Peak(_final.PeakMemoryBytes) };

    private long? Peak(long? told) =>
        _cgroup?.PeakMemory() is { } kept ? kept
        : Math.Max(told ?? 0, _seenPeak) is > 0 and var peak ? peak
        : null;
}
