namespace Slipway.Compute.Workloads;

/// <summary>What a workload has used, its children included as far as the backend can see them.</summary>
/// <param name="Wall">From the start of its process to now or to its end.</param>
/// <param name="PeakMemoryBytes">Null when the backend cannot tell.</param>
public sealed record ResourceUse(TimeSpan Wall, TimeSpan CpuUser, TimeSpan CpuSystem, long? PeakMemoryBytes)
{
    public static ResourceUse Nothing { get; } = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, null);
}
