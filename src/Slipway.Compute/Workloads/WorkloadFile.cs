namespace Slipway.Compute.Workloads;

/// <summary>A small text file of a workload, such as the source of a Python component. <paramref name="Path"/> is relative to the working folder.</summary>
public sealed record WorkloadFile(string Path, string Content);
