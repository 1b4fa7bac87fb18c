using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Loop.Definitions;
using Slipway.Loop.Progress;
using Slipway.Platform.Events;

namespace Slipway.Loop.Reports;

/// <summary>
/// The loop's story in words: taken from the event log, entry by entry, at the event time the replay had reached. The log's sequence number is the
/// entry's key and the cursor moves in the same transaction, so nothing is told twice or left out across restarts.
/// </summary>
internal sealed class Journal(IEventLog events, IPipelineRuns runs)
{
    private const int Batch = 1_000;

    public async Task<(IReadOnlyList<JournalEntry> Entries, long Cursor)> HarvestAsync(
        string ns, string loop, string uid, long cursor, DateTimeOffset at, CancellationToken cancellation)
    {
        var entries = new List<JournalEntry>();
        while (true)
        {
            var batch = await events.ReadAsync(cursor, new EventFilter(null, ns), Batch, cancellation);
            foreach (var e in batch)
            {
                cursor = e.Sequence;
                if (await TellAsync(ns, loop, e, cancellation) is var (kind, reason))
                {
                    entries.Add(new JournalEntry(uid, e.Sequence, TimeColumn.ToMicros(at), kind, reason));
                }
            }

            if (batch.Count < Batch)
            {
                return (entries, cursor);
            }
        }
    }

    private async Task<(string Kind, string Reason)?> TellAsync(string ns, string loop, Event e, CancellationToken cancellation)
    {
        if (e.Type.StartsWith("rollout.", StringComparison.Ordinal) && e.Subject == $"promotionpolicies/{loop}")
        {
            return e.Type == "rollout.held" ? null : TellRollout(e);
        }

        if (e.Subject == $"models/{loop}" && e.Type == "model.version.created")
        {
            var version = Payload(e);
            return ("registered", $"version {(int?)version["version"]}: {(string?)version["description"]}");
        }

        return e.Type is "pipeline.run.submitted" or "pipeline.run.finished" && (string?)Payload(e)["pipeline"] == LoopChildren.PipelineOf(loop)
            ? await TellRunAsync(ns, e, cancellation)
            : null;
    }

    private static (string, string) TellRollout(Event e)
    {
        var payload = Payload(e);
        var (version, percent, reason) = ((int?)payload["version"], (int?)payload["percent"], (string?)payload["reason"]);
        return e.Type switch
        {
            "rollout.started" => ("canary", Text($"version {version} gets {percent} % of the traffic: {reason}")),
            "rollout.advanced" => ("canary", Text($"version {version} gets {percent} % of the traffic: {reason}")),
            "rollout.promoted" => ("promoted", Text($"version {version} is champion: {reason}")),
            "rollout.rolledback" => ("rolledback", Text($"version {version} is withdrawn: {reason}")),
            _ => (e.Type["rollout.".Length..], Text($"version {version}: {reason}")),
        };
    }

    private async Task<(string, string)?> TellRunAsync(string ns, Event e, CancellationToken cancellation)
    {
        var payload = Payload(e);
        if (e.Type == "pipeline.run.submitted")
        {
            return ("training", (string?)payload["reason"] ?? "");
        }

        if (!(await runs.GetAsync(ns, (string?)payload["id"] ?? "", cancellation)).TryGet(out var run, out _))
        {
            return null;
        }

        if (run.State != PipelineRunState.Succeeded)
        {
            return ("failed", $"training ended {run.State}: {run.Error}");
        }

        var gate = run.Steps.FirstOrDefault(s => s.Name == "gate")?.Outputs;
        return ((bool?)gate?["passed"] == true ? "trained" : "rejected", (string?)gate?["reason"] ?? "");
    }

    private static JsonObject Payload(Event e) => JsonNode.Parse(e.Payload.Span) as JsonObject ?? [];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
