namespace Slipway.Client.Loops;

/// <param name="Step">Steps of the replay that are done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Time">The replayed data's own time.</param>
public sealed record LoopProgress(long Step, long Steps, DateTimeOffset? Time);

/// <summary>The metric of one report window: of the first model left alone, of the loop, and of retraining by hand at the window's start.</summary>
/// <param name="Version">The champion at the window's end; 0 when there was none.</param>
public sealed record LoopWindow(string Window, long Rows, double? Static, double? Loop, double? Oracle, long Version);

public sealed record LoopRequests(long Sent, long Failed);

public sealed record LoopEvent(DateTimeOffset Time, string Kind, string Reason);

/// <summary>How a closed loop stands. <paramref name="State"/> is running, finished or failed.</summary>
public sealed record LoopReport(
    string State,
    string? Message,
    LoopProgress? Progress,
    IReadOnlyList<LoopWindow> Windows,
    LoopRequests Requests,
    int Trainings,
    int Promotions,
    int Rollbacks,
    IReadOnlyList<LoopEvent> Events,
    double Seconds)
{
    public bool IsOver => State is "finished" or "failed";
}
