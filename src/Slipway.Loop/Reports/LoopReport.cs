using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Definitions;
using Slipway.Loop.Domain;
using Slipway.Loop.Progress;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;

namespace Slipway.Loop.Reports;

internal sealed record ProgressWire(long Step, long Steps, string? Time);

internal sealed record WindowWire(string Window, long Rows, double? Static, double? Loop, double? Oracle, long Version);

internal sealed record RequestsWire(long Sent, long Failed);

internal sealed record EventWire(string Time, string Kind, string Reason);

/// <summary>How a loop stands, in the form that <c>slipway loop --json</c> writes, and where it is.</summary>
internal sealed record ReportWire(
    string Loop, string Metric, string State, string Phase, string Message, ProgressWire Progress, IReadOnlyList<WindowWire> Windows, RequestsWire Requests,
    int Trainings, int Promotions, int Rollbacks, IReadOnlyList<EventWire> Events, double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReportWire))]
internal sealed partial class ReportWireContext : JsonSerializerContext;

/// <summary><c>GET /api/slipway/v1/namespaces/{ns}/loops/{name}/report</c>.</summary>
internal static class LoopReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/loops/{name}/report", HandleAsync).RequirePermission("loops.read");

    private static async Task<IResult> HandleAsync(string ns, string name, IResourceStore resources, LoopStore store, CancellationToken cancellation)
    {
        if (!(await resources.GetAsync(LoopKind.Kind, ns, name, cancellation)).TryGet(out var loop, out var problem))
        {
            return problem.ToAnswer();
        }

        var report = await MakeAsync(loop, store, cancellation);
        return Results.Json(report, ReportWireContext.Default.ReportWire);
    }

    private static async Task<ReportWire> MakeAsync(Resource loop, LoopStore store, CancellationToken cancellation)
    {
        var state = await store.FindAsync(loop.Uid, cancellation);
        var windows = await store.WindowsAsync(loop.Uid, cancellation);
        var journal = await store.JournalAsync(loop.Uid, cancellation);
        int Count(params ReadOnlySpan<string> kinds)
        {
            var count = 0;
            foreach (var entry in journal)
            {
                count += kinds.Contains(entry.Kind) ? 1 : 0;
            }

            return count;
        }

        var metric = LoopSpec.Parse(loop.Spec).TryGet(out var spec, out _) ? spec.Metric : "";
        return new ReportWire(
            loop.Name,
            metric,
            state?.PhaseValue switch { LoopPhase.Finished => "finished", LoopPhase.Failed => "failed", _ => "running" },
            state?.Phase ?? nameof(LoopPhase.Training),
            state?.Message ?? "waiting to start",
            new ProgressWire(state?.Step ?? 0, state?.Steps ?? 0, state is { At: > 0 } ? Text(state.At) : null),
            [.. windows.Select(w => new WindowWire(w.Label, w.Rows, Round(w.StaticMetric), Round(w.LoopMetric), Round(w.OracleMetric), w.Version))],
            new RequestsWire(state?.Sent ?? 0, state?.Failed ?? 0),
            Count("trained", "rejected"),
            Count("promoted"),
            Count("rolledback"),
            [.. journal.Select(e => new EventWire(Text(e.At), e.Kind, e.Reason))],
            Math.Round((state?.Micros ?? 0) / 1e6, 3));
    }

    private static string Text(long micros) => TimeColumn.FromMicros(micros).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static double? Round(double? value) => value is { } v && double.IsFinite(v) ? Math.Round(v, 6) : null;
}
