using System.Text.Json.Nodes;
using Slipway.Pipelines.Triggers.Domain;

namespace Slipway.Pipelines.Triggers;

/// <summary>A Trigger's spec after the schema has checked and defaulted it.</summary>
internal sealed record TriggerSpec(
    string Monitor, string Model, string ChampionAlias, string? PromotionPolicy, bool Suspend, RetrainPolicy When, string Pipeline, JsonObject Parameters)
{
    public static TriggerSpec Read(JsonObject spec)
    {
        var when = spec["when"] as JsonObject ?? [];
        var defaults = new RetrainPolicy();
        return new TriggerSpec(
            (string)spec["monitor"]!,
            (string)spec["model"]!,
            (string?)spec["championAlias"] ?? "champion",
            (string?)spec["promotionPolicy"],
            (bool?)spec["suspend"] ?? false,
            new RetrainPolicy(
                (double?)when["degradation"] ?? defaults.Degradation,
                (double?)when["confidence"] ?? defaults.Confidence,
                (int?)when["recentWindows"] ?? defaults.RecentWindows,
                (int?)when["cooldownWindows"] ?? defaults.CooldownWindows,
                (int?)when["maxBackoff"] ?? defaults.MaxBackoff,
                (int?)when["maxAgeWindows"] ?? defaults.MaxAgeWindows,
                (int?)when["minRows"] ?? defaults.MinRows),
            (string)spec["run"]!["pipeline"]!,
            spec["run"]!["parameters"] as JsonObject ?? []);
    }
}
