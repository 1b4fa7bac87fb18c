namespace Slipway.Compute.Logs;

/// <summary>How much of a workload's log is kept on disk.</summary>
public sealed record LogLimits
{
    public static LogLimits Default { get; } = new();

    /// <summary>
    /// Bytes kept, times and stream names included: the first half, and as much of the end; what lies between is left out, with a note where it stood.
    /// Default 64 MiB, at least 8 KiB.
    /// </summary>
    public long MaxBytes { get; init; } = 64L << 20;
}
