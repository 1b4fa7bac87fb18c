using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Pipelines.Triggers;

internal static class TriggerKind
{
    public static ResourceKind Kind { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "Trigger",
        Plural = "triggers",
        ShortNames = ["trg"],
        Categories = ["slipway"],
        Description = "Starts a pipeline: when a monitor shows that the champion has become worse than it was, or on events such as a push, new data or drift.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "What to look at, when to act, what to run",
                ("monitor", Schema.String("The Monitor whose windows are judged; without one the trigger waits for the events in on")),
                ("model", Schema.String("The registered model whose champion is judged")),
                ("on", Schema.Array("Events, any of which starts a run; each entry has one member", Sources())),
                ("championAlias", Schema.String("The alias of the model in charge").Default("champion")),
                ("promotionPolicy", Schema.String("While this PromotionPolicy has a rollout under way nothing is started")),
                ("suspend", Schema.Boolean("True keeps it from starting anything")),
                ("when", Schema.Object(
                    "The conditions, all about the loss per labelled row",
                    ("degradation", Schema.Number("Recent loss above the champion's best, as a share").Default(0.1).Min(0)),
                    ("confidence", Schema.Number("Of the one-sided test that it is above").Default(0.95).Min(0.5).Max(0.9999)),
                    ("recentWindows", Schema.Integer("Windows that count as recent").Default(3).Min(1).Max(1000)),
                    ("cooldownWindows", Schema.Integer("Windows between two trainings").Default(12).Min(1).Max(100_000)),
                    ("maxBackoff", Schema.Integer("How many times over the cooldown may grow while challengers lose").Default(4).Min(1).Max(1024)),
                    ("maxAgeWindows", Schema.Integer("Train after so many windows in any case; 0 is never").Default(0).Min(0)),
                    ("minRows", Schema.Integer("Labelled rows needed before anything is said").Default(20).Min(1)))),
                ("run", Schema.Object(
                    "What to start",
                    ("pipeline", Schema.String("The Pipeline, or the name of one that was uploaded, of which the newest version is run").Required()),
                    ("parameters", Schema.Anything("Its parameters; for a monitor the window's end is added as 'until', the reason as 'reason'")),
                    ("fromEvent", Schema.Map("Parameters taken from the event, by path: payload.version, payload.body.after, event.subject", Schema.String("A path")))).Required())).Required()),
            ("status", Schema.Object(
                "What was decided last",
                ("lastWindow", Schema.Integer("The newest monitor window that was judged")),
                ("lastFiredWindow", Schema.Integer("The window at which a run was last started")),
                ("lastRun", Schema.String("The id of the run that was last started")),
                ("championAtFire", Schema.Integer("The champion's version when it was started")),
                ("losses", Schema.Integer("Trainings in a row whose challenger did not become champion")),
                ("lostMends", Schema.Integer("Those of them that were started because the champion had become worse")),
                ("firedForAge", Schema.Boolean("The last run was started because the training was long ago")),
                ("fired", Schema.Integer("Runs started in all")),
                ("lastSequence", Schema.Integer("The number of the last event that started a run")),
                ("rows", Schema.Integer("Rows of the dataset version that started a run last")),
                ("reason", Schema.String("Why the last judgement went as it did")),
                ("conditions", Schema.Conditions())))).ToJson(),
        Validate = Check,
        Columns =
        [
            new PrinterColumn("Monitor", ".spec.monitor"),
            new PrinterColumn("Pipeline", ".spec.run.pipeline"),
            new PrinterColumn("Fired", ".status.fired", "integer"),
            new PrinterColumn("Window", ".status.lastWindow", "integer"),
            new PrinterColumn("Reason", ".status.reason", Wide: true),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
    };

    private static Schema Sources() => Schema.Object(
        "One kind of event",
        ("dataset", Schema.Object(
            "A new version of a dataset",
            ("name", Schema.String("The dataset").Required()),
            ("minRows", Schema.Integer("Only with so many rows more than the version that started a run last").Min(0)))),
        ("drift", Schema.Object("A window in which inputs or predictions drift", ("monitor", Schema.String("The Monitor").Required()))),
        ("metric", Schema.Object(
            "A window whose metric, over the answers that callers got, leaves its bounds",
            ("monitor", Schema.String("The Monitor").Required()),
            ("metric", Schema.String("Its name, such as r2").Required()),
            ("below", Schema.Number("Fires below this")),
            ("above", Schema.Number("Fires above this")))),
        ("alias", Schema.Object("An alias of a model that moves", ("model", Schema.String("The model").Required()), ("alias", Schema.String("The alias; any when absent")))),
        ("pipeline", Schema.Object(
            "The end of another pipeline's run",
            ("name", Schema.String("The pipeline").Required()),
            ("state", Schema.String("How it must have ended; any way when absent").OneOf("Succeeded", "Failed", "Cancelled")))),
        ("webhook", Schema.Object(
            "A signed call to .../triggers/NAME/webhook",
            ("provider", Schema.String("Who calls: how the call is signed").OneOf("github", "gitlab", "generic").Default("generic")),
            ("secret", Schema.Object("The Secret to sign with", ("name", Schema.String("Its name").Required()), ("key", Schema.String("Its key").Default("secret"))).Required()),
            ("events", Schema.Array("Which events count, such as push; all when absent", Schema.String("A name"))),
            ("branch", Schema.String("Only pushes to this branch")))),
        ("event", Schema.Object(
            "Any event of the log",
            ("type", Schema.String("Its type, such as model.version.created").Required()),
            ("subject", Schema.String("What it is about; anything when absent")))));

    private static IReadOnlyList<Fault> Check(JsonObject resource)
    {
        var faults = new List<Fault>();
        var spec = resource["spec"] as JsonObject ?? [];
        var on = spec["on"] as JsonArray ?? [];
        if (on.Count == 0)
        {
            faults.AddRange(new[] { "monitor", "model" }.Where(f => spec[f] is null).Select(f => new Fault($"spec.{f}", "is required, unless the trigger waits for events in spec.on")));
        }
        else if (spec["monitor"] is not null)
        {
            faults.Add(new Fault("spec.on", "give either a monitor or events in on: make two triggers of it"));
        }

        foreach (var (index, entry) in on.Index())
        {
            var path = $"spec.on[{index}]";
            if (entry is not JsonObject { Count: 1 } one)
            {
                faults.Add(new Fault(path, "must have exactly one member: dataset, drift, metric, alias, pipeline, webhook or event"));
            }
            else if (one["metric"] is JsonObject metric && metric["below"] is null && metric["above"] is null)
            {
                faults.Add(new Fault($"{path}.metric", "needs below or above"));
            }
            else if (one["pipeline"] is JsonObject pipeline && (string?)pipeline["name"] is { } name && name == (string?)spec["run"]?["pipeline"])
            {
                faults.Add(new Fault($"{path}.pipeline.name", "is the pipeline that the trigger runs: it would never stop"));
            }
        }

        if (on.Count(o => o is JsonObject entry && entry.ContainsKey("webhook")) > 1)
        {
            faults.Add(new Fault("spec.on", "may have one webhook: there is one address to call"));
        }

        return faults;
    }
}
