using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;
using Slipway.Monitoring.Domain.Comparison;

namespace Slipway.Monitoring.Kinds;

internal sealed record MonitorReference(string Dataset, string Version, string? PredictionColumn);

/// <summary>A Monitor's spec after the schema has checked and defaulted it.</summary>
internal sealed record MonitorSpec(
    string InferenceService, LearningTask Task, string Metric, MonitorReference? Reference, bool DriftEnabled, DriftSettings Drift)
{
    public static MonitorSpec Read(JsonObject spec)
    {
        var drift = spec["drift"] as JsonObject;
        return new MonitorSpec(
            (string)spec["inferenceService"]!,
            Enum.Parse<LearningTask>((string)spec["task"]!, ignoreCase: true),
            (string)spec["metric"]!,
            spec["reference"] is JsonObject reference
                ? new MonitorReference((string)reference["dataset"]!, (string?)reference["version"] ?? "latest", (string?)reference["predictionColumn"])
                : null,
            (bool?)drift?["enabled"] ?? true,
            new DriftSettings(
                (double?)drift?["share"] ?? 0.5, Corrections.ByName[(string?)drift?["correction"] ?? "none"], AllTests: false));
    }
}
