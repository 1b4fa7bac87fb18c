namespace Slipway.Compute.Logs;

public enum LogStream : byte
{
    Output,
    Error,

    /// <summary>Words of Slipway's own about the workload, such as why it was stopped.</summary>
    System,
}

/// <summary>
/// Takes what a workload prints. Calls for one workload come one after another, from one thread of the backend that serves all workloads:
/// be quick, never wait for anything but the disk.
/// </summary>
public interface ILogSink
{
    /// <summary>Bytes as they came: any cut, any encoding. The memory is the caller's and is used again after the call.</summary>
    void Write(LogStream stream, ReadOnlySpan<byte> bytes);

    /// <summary>The workload has ended and all it printed has been handed over: hand on what is still held, such as a last line without an end.</summary>
    void Flush();
}

/// <summary>A sink for callers that do not want the output.</summary>
public sealed class NoLog : ILogSink
{
    public static NoLog Instance { get; } = new();

    public void Write(LogStream stream, ReadOnlySpan<byte> bytes)
    {
    }

    public void Flush()
    {
    }
}
