using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;
using Slipway.Serving.Releases.Domain;

namespace Slipway.Serving.Releases;

/// <summary><c>slipway.dev/v1 Rollout</c>: how a new revision of the InferenceService of the same name gets its traffic, or does not.</summary>
internal static class RolloutKind
{
    public static ResourceKind Definition { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "Rollout",
        Plural = "rollouts",
        Categories = ["slipway"],
        Description = "Rolls new revisions of the InferenceService of the same name out: canary by steps, A/B test, shadow or blue/green, judged by live figures.",
        Schema = Schema.Object("Rollout", ("spec", Spec().Required()), ("status", RolloutStatusSchema.Build())).ToJson(),
        Columns =
        [
            new PrinterColumn("Strategy", ".spec.strategy"),
            new PrinterColumn("Phase", ".status.phase"),
            new PrinterColumn("Released", ".status.released.modelVersion", "integer", "Model version that answers"),
            new PrinterColumn("Candidate", ".status.candidate.modelVersion", "integer", "Model version on trial"),
            new PrinterColumn("Percent", ".status.candidate.percent", "integer", "The candidate's share of the requests"),
            new PrinterColumn("Paused", ".status.paused", "boolean"),
            new PrinterColumn("Last", ".status.message", Description: "The last decision", Wide: true),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Validate = Check,
    };

    private static Schema Spec() => Schema.Object(
        "Wanted state",
        ("strategy", Schema.String("canary, ab, shadow or bluegreen").OneOf("canary", "ab", "shadow", "bluegreen").Default("canary")),
        ("steps", Schema.Array("canary: the candidate's shares, rising; after the last one it is promoted. Default: 10% and 50% for 5m each", Schema.Object(
            "One step",
            ("percent", Schema.Integer("The candidate's share of the requests").Min(0).Max(100).Required()),
            ("for", Schema.String("How long at least, such as 5m")),
            ("pause", Schema.Boolean("Wait here until somebody resumes"))))),
        ("percent", Schema.Integer("ab: the candidate's share; 50 by default").Min(1).Max(99)),
        ("mirrorPercent", Schema.Integer("Share of the requests that also runs on the candidate and is compared; 100 by default for shadow, else 0").Min(0).Max(100)),
        ("for", Schema.String("ab, shadow: how long; absent: until a winner is found or somebody decides. bluegreen: how long the preview takes, 0s by default")),
        ("autoPromote", Schema.Boolean("Promote by itself when all analyses pass; true but for shadow, which waits for somebody")),
        ("keepFormer", Schema.String("How long the former revision is kept warm and the new one watched; 10m by default")),
        ("interval", Schema.String("How often figures are looked at; 30s by default, 1s at least")),
        ("maxWait", Schema.String("How much longer than asked a step may lack samples before it is taken back; 1h by default")),
        ("monitor", Schema.String("The Monitor that knows loss and drift")),
        ("winner", Schema.Object(
            "ab: ends the test as soon as one is better beyond chance",
            ("metric", Schema.String("errorRate, latencyMean or loss").OneOf("errorRate", "latencyMean", "loss").Required()),
            ("confidence", Schema.Number("Over all looks together; 0.95 by default").Min(0.5).Max(0.9999)),
            ("minSamples", Schema.Integer("Of each before the first look; 100 by default").Min(2)))),
        ("analyses", Schema.Array("What the candidate has to hold; one that fails takes it back at once", Schema.Object(
            "One figure and its limit",
            ("metric", Schema.String("Which figure").OneOf([.. ReleasePlan.MetricNames]).Required()),
            ("max", Schema.Number("At most; latencies in milliseconds").Min(0)),
            ("maxRatio", Schema.Number("At most so many times the released revision's").Min(0)),
            ("minSamples", Schema.Integer("Fewer tell nothing; 50 by default, 20 for loss, 1 window for drift").Min(1))))));

    private static IReadOnlyList<Fault> Check(JsonObject resource) =>
        ReleasePlanReader.Read(resource["spec"] as JsonObject ?? []).Problem?.Faults ?? [];
}
