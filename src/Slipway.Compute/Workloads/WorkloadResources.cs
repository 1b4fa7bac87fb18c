namespace Slipway.Compute.Workloads;

/// <summary>Upper limits. Null: none.</summary>
public sealed record WorkloadResources
{
    public static WorkloadResources Unlimited { get; } = new();

    /// <summary>Processor cores, such as 0.5.</summary>
    public double? Cpu { get; init; }

    /// <summary>Bytes of memory of all its processes together.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processes and threads at once.</summary>
    public int? Pids { get; init; }

    /// <summary>Bytes in its working folder.</summary>
    public long? DiskBytes { get; init; }

    public WorkloadAccelerator? Accelerator { get; init; }
}

/// <summary>Accelerators asked for, such as <c>nvidia.com/gpu</c> and 1.</summary>
public sealed record WorkloadAccelerator(string Type, int Count);
