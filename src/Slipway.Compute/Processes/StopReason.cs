namespace Slipway.Compute.Processes;

/// <summary>Why we ended a process.</summary>
internal enum StopReason
{
    None,
    Cancelled,
    TimedOut,
    OutOfMemory,
    DiskFull,
}
