namespace Slipway.Compute.Workloads;

/// <summary>Which network a workload sees. The process backend has only the host's and refuses <see cref="None"/> where it cannot keep it.</summary>
public enum WorkloadNetwork
{
    /// <summary>The host's.</summary>
    Host,

    /// <summary>One of its own with a way out, where the backend has that; else the host's.</summary>
    Bridge,

    /// <summary>No network at all.</summary>
    None,
}
