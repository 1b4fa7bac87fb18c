using System.Text.Json.Nodes;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>A PromotionPolicy's spec after the schema has checked it.</summary>
internal sealed record PromotionPolicySpec(
    string Model, string InferenceService, string Monitor, string CandidateAlias, string ChampionAlias, RolloutPlan Plan)
{
    public static PromotionPolicySpec Read(JsonObject spec)
    {
        var (judge, usual) = (spec["judge"] as JsonObject, JudgeRule.Default);
        var rule = new JudgeRule(
            (int?)judge?["minRows"] ?? usual.MinRows, (double?)judge?["maxErrorRate"] ?? usual.MaxErrorRate, (double?)judge?["confidence"] ?? usual.Confidence,
            (double?)judge?["tolerance"] ?? usual.Tolerance, (int?)judge?["maxWindows"] ?? usual.MaxWindows);
        return new PromotionPolicySpec(
            (string?)spec["model"] ?? "", (string?)spec["inferenceService"] ?? "", (string?)spec["monitor"] ?? "",
            (string?)spec["candidateAlias"] ?? "challenger", (string?)spec["championAlias"] ?? "champion",
            new RolloutPlan(spec["stages"] is JsonArray stages ? [.. stages.Select(s => (int)s!)] : [10, 50, 100], rule, (int?)spec["watchWindows"] ?? 2));
    }
}
