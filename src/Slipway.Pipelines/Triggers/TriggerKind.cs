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
        Description = "Starts a pipeline when a monitor shows that the champion has become worse than it was.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "What to look at, when to act, what to run",
                ("monitor", Schema.String("The Monitor whose windows are judged").Required()),
                ("model", Schema.String("The registered model whose champion is judged").Required()),
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
                    ("pipeline", Schema.String("The Pipeline").Required()),
                    ("parameters", Schema.Anything("Its parameters; the window's end is added as 'until', the reason as 'reason'"))).Required())).Required()),
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
                ("reason", Schema.String("Why the last judgement went as it did")),
                ("conditions", Schema.Conditions())))).ToJson(),
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
}
