using System.Text.Json;

namespace Slipway.Chaos.Tests;

/// <summary>What <c>slipway loop --json</c> wrote.</summary>
internal sealed record LoopResult(IReadOnlyList<LoopWindow> Windows, LoopRequests Requests, int Trainings, int Promotions, int Rollbacks, IReadOnlyList<LoopEvent> Events)
{
    public static LoopResult Read(string file) => JsonSerializer.Deserialize<LoopResult>(File.ReadAllBytes(file), JsonSerializerOptions.Web)!;
}

internal sealed record LoopWindow(string Window, long Rows, double? Static, double? Loop, double? Oracle, long Version);

internal sealed record LoopRequests(long Sent, long Failed);

internal sealed record LoopEvent(string Time, string Kind, string Reason);
