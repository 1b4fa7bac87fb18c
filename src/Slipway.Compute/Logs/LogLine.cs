namespace Slipway.Compute.Logs;

/// <summary>One line of a workload's log.</summary>
/// <param name="Offset">Where it stands in the log; grows from line to line.</param>
/// <param name="Next">Where the next one stands: hand it to <see cref="WorkloadLogs.ReadAsync"/> to go on from here (an SSE id).</param>
/// <param name="Time">When it arrived.</param>
/// <param name="Text">Without its line end; bytes that are not UTF-8 read as U+FFFD.</param>
/// <param name="Continues">The line goes on in the next entry: it was longer than 16 KiB, or came without a line end.</param>
public sealed record LogLine(long Offset, long Next, DateTimeOffset Time, LogStream Stream, string Text, bool Continues = false);
