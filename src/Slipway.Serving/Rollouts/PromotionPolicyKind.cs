using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary><c>slipway.dev/v1 PromotionPolicy</c>: how a candidate becomes champion, or does not.</summary>
internal static class PromotionPolicyKind
{
    private const string Alias = "^[A-Za-z0-9_-]{1,255}$";

    public static ResourceKind Definition { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "PromotionPolicy",
        Plural = "promotionpolicies",
        ShortNames = ["promo"],
        Categories = ["slipway"],
        Description = "Rolls a model's candidate out step by step on live evidence, and takes it back when it does worse than the champion.",
        Schema = Schema.Object("PromotionPolicy", ("spec", Spec().Required()), ("status", Status())).ToJson(),
        Columns =
        [
            new PrinterColumn("Model", ".spec.model"),
            new PrinterColumn("Phase", ".status.phase"),
            new PrinterColumn("Champion", ".status.championVersion", "integer"),
            new PrinterColumn("Candidate", ".status.candidateVersion", "integer"),
            new PrinterColumn("Percent", ".status.percent", "integer", "The candidate's share of the requests"),
            new PrinterColumn("Window", ".status.lastWindow", "integer", "The last window of the monitor that was considered", Wide: true),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Validate = Check,
    };

    private static Schema Spec() => Schema.Object(
        "Wanted state",
        ("model", Schema.String("Name of the registered model").Required()),
        ("inferenceService", Schema.String("The InferenceService that serves the champion, as models:/NAME@champion").Required()),
        ("monitor", Schema.String("The Monitor whose windows are the evidence").Required()),
        ("candidateAlias", Schema.String("Alias that puts a version on trial").Pattern(Alias).Default("challenger")),
        ("championAlias", Schema.String("Alias of the version that is served").Pattern(Alias).Default("champion")),
        ("stages", Schema.Array("The candidate's share of the requests in percent, stage by stage, rising", Schema.Integer("Percent").Min(1).Max(100))
            .Default(new JsonArray(10, 50, 100))),
        ("judge", Schema.Object(
            "When a stage is passed",
            ("minRows", Schema.Integer("Rows with labels that both versions predicted, at least").Min(1).Default(JudgeRule.Default.MinRows)),
            ("maxErrorRate", Schema.Number("Failed requests by all requests, at most").Min(0).Max(1).Default(JudgeRule.Default.MaxErrorRate)),
            ("confidence", Schema.Number("Of the one-sided test that the candidate is worse").Min(0.5).Max(0.9999).Default(JudgeRule.Default.Confidence)),
            ("tolerance", Schema.Number(
                "Share of the champion's mean loss by which the candidate may be worse. 0: it must not be worse on average; -0.01: it must be better by 1 %. Short of that it is held, not rolled back")
                .Min(-1).Default(JudgeRule.Default.Tolerance)),
            ("maxWindows", Schema.Integer("Windows that a stage may take before it is rolled back for want of evidence").Min(1).Default(JudgeRule.Default.MaxWindows)))
            .Default(new JsonObject())),
        ("watchWindows", Schema.Integer("Windows after the promotion during which the former champion runs beside and may come back").Min(0).Default(2)));

    private static Schema Status() => Schema.Object(
        "Observed state",
        ("observedGeneration", Schema.Integer("The generation that the rest was observed at")),
        ("phase", Schema.String("Idle, Canary or Watching").OneOf("Idle", "Canary", "Watching")),
        ("candidateVersion", Schema.Integer("The version on trial, or that the candidate alias points at")),
        ("championVersion", Schema.Integer("The version that the champion alias points at")),
        ("formerVersion", Schema.Integer("While watching: the champion before")),
        ("stage", Schema.Integer("Index into spec.stages, from 0")),
        ("percent", Schema.Integer("The candidate's share of the requests")),
        ("stageStartedAfterWindow", Schema.Integer("The monitor's newest window when the stage began")),
        ("lastWindow", Schema.Integer("The last window of the monitor that was considered; everything that followed from it is decided and carried out")),
        ("observedCandidateSequence", Schema.Integer("The newest assignment of the candidate alias that was taken into account")),
        ("history", Schema.Array("The last decisions, newest last", Schema.Object(
            "One decision",
            ("time", Schema.Time("When")),
            ("kind", Schema.String("What was decided").OneOf("started", "advanced", "held", "promoted", "rolledback", "confirmed")),
            ("version", Schema.Integer("The version on trial")),
            ("fromVersion", Schema.Integer("The champion that it is compared with, or that it replaced")),
            ("percent", Schema.Integer("The candidate's share from then on")),
            ("window", Schema.Integer("The monitor's window that led to it")),
            ("reason", Schema.String("Why, with the figures"))))),
        ("conditions", Schema.Conditions()));

    private static List<Fault> Check(JsonObject resource)
    {
        var faults = new List<Fault>();
        var spec = PromotionPolicySpec.Read(resource["spec"] as JsonObject ?? []);
        if (spec.Plan.Stages.Count == 0 || spec.Plan.Stages.Zip(spec.Plan.Stages.Skip(1)).Any(p => p.First >= p.Second))
        {
            faults.Add(new Fault("spec.stages", "must rise from stage to stage, such as [10, 50, 100]"));
        }

        if (spec.CandidateAlias == spec.ChampionAlias)
        {
            faults.Add(new Fault("spec.candidateAlias", $"is '{spec.CandidateAlias}' like spec.championAlias; use two aliases"));
        }

        return faults;
    }
}
