using System.Text.Json.Nodes;

namespace Slipway.Pipelines.Triggers.Domain;

/// <summary>What a source says to an event: nothing, or that it fires, with what it wants remembered until the next one.</summary>
/// <param name="Rows">Of the dataset version that was judged, for the next comparison.</param>
internal sealed record SourceVerdict(bool Fires, string Reason, long? Rows = null);

/// <summary>One entry of a Trigger's <c>on</c>: which events of the log it waits for.</summary>
internal abstract record TriggerSource(string EventType)
{
    /// <summary>A version of a dataset; with a minimum only when it has so many rows more than the version that fired last.</summary>
    internal sealed record Dataset(string Name, long MinRows) : TriggerSource("data.version.created");

    internal sealed record Drift(string Monitor) : TriggerSource("monitor.window.evaluated");

    internal sealed record Metric(string Monitor, string Name, double? Below, double? Above) : TriggerSource("monitor.window.evaluated");

    /// <param name="Name">Null is any alias of the model.</param>
    internal sealed record Alias(string Model, string? Name) : TriggerSource("model.alias.moved");

    /// <param name="State">Null is any end.</param>
    internal sealed record Pipeline(string Name, string? State) : TriggerSource("pipeline.run.finished");

    /// <param name="Trigger">The trigger's own name: deliveries are addressed to it.</param>
    internal sealed record Webhook(string Trigger, IReadOnlyList<string> Events, string? Branch) : TriggerSource("trigger.webhook.received");

    /// <summary>Anything else in the log, by type and, when given, subject.</summary>
    internal sealed record Any(string Type, string? Subject) : TriggerSource(Type);

    /// <summary>Reads <c>spec.on</c>, which the schema has checked: each entry has exactly one member.</summary>
    public static IReadOnlyList<TriggerSource> Read(string trigger, JsonArray on) => [.. on.OfType<JsonObject>().Select(entry => ReadOne(trigger, entry))];

    /// <param name="rows">What the last verdict wanted remembered.</param>
    public SourceVerdict Judge(string subject, JsonObject payload, long? rows)
    {
        var never = new SourceVerdict(false, "");
        switch (this)
        {
            case Dataset d when subject.StartsWith($"datasets/{d.Name}/", StringComparison.Ordinal):
                var has = (long?)Number(payload, "rows") ?? 0;
                return d.MinRows == 0 ? new SourceVerdict(true, $"a new version of dataset {d.Name}", has)
                    : has - (rows ?? 0) >= d.MinRows ? new SourceVerdict(true, $"dataset {d.Name} has {has - (rows ?? 0)} new rows", has)
                    : never;
            case Drift d when subject == $"monitors/{d.Monitor}":
                return EventFields.Find(payload, "inputDrift.drifted") is JsonValue input && input.TryGetValue<bool>(out var drifted) && drifted
                    || EventFields.Find(payload, "predictionDrift.drifted") is JsonValue output && output.TryGetValue<bool>(out drifted) && drifted
                        ? new SourceVerdict(true, $"monitor {d.Monitor} sees drift")
                        : never;
            case Metric m when subject == $"monitors/{m.Monitor}":
                return Number(payload, $"served.metrics.{m.Name}") is { } value && (value < m.Below || value > m.Above)
                    ? new SourceVerdict(true, $"{m.Name} of monitor {m.Monitor} is {value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)}")
                    : never;
            case Alias a when subject == $"models/{a.Model}":
                var alias = (string?)EventFields.Find(payload, "alias");
                return a.Name is null || a.Name == alias ? new SourceVerdict(true, $"alias {alias} of model {a.Model} moved") : never;
            case Pipeline p when (string?)EventFields.Find(payload, "pipeline") == p.Name:
                var state = (string?)EventFields.Find(payload, "state");
                return p.State is null || p.State == state ? new SourceVerdict(true, $"a run of pipeline {p.Name} has {state}") : never;
            case Webhook w when subject == $"triggers/{w.Trigger}":
                return JudgeWebhook(w, payload) ? new SourceVerdict(true, $"webhook {(string?)payload["event"]}") : never;
            case Any a when a.Subject is null || a.Subject == subject:
                return new SourceVerdict(true, $"{a.Type} of {subject}");
            default:
                return never;
        }
    }

    private static TriggerSource ReadOne(string trigger, JsonObject entry)
    {
        var (name, node) = entry.First();
        var of = (JsonObject)node!;
        return name switch
        {
            "dataset" => new Dataset((string)of["name"]!, (long?)of["minRows"] ?? 0),
            "drift" => new Drift((string)of["monitor"]!),
            "metric" => new Metric((string)of["monitor"]!, (string)of["metric"]!, (double?)of["below"], (double?)of["above"]),
            "alias" => new Alias((string)of["model"]!, (string?)of["alias"]),
            "pipeline" => new Pipeline((string)of["name"]!, (string?)of["state"]),
            "webhook" => new Webhook(trigger, [.. (of["events"] as JsonArray ?? []).Select(e => (string)e!)], (string?)of["branch"]),
            _ => new Any((string)of["type"]!, (string?)of["subject"]),
        };
    }

    private static bool JudgeWebhook(Webhook webhook, JsonObject payload)
    {
        var name = (string?)payload["event"] ?? "";
        return (webhook.Events.Count == 0 || webhook.Events.Contains(name, StringComparer.OrdinalIgnoreCase))
            && (webhook.Branch is null || (string?)EventFields.Find(payload, "body.ref") == $"refs/heads/{webhook.Branch}");
    }

    private static double? Number(JsonObject payload, string path) =>
        EventFields.Find(payload, path) is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? value.GetValue<double>() : null;
}
