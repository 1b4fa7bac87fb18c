using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Serving.Releases.Domain;

/// <summary>Reads a Rollout's spec, with all faults at once.</summary>
internal static class ReleasePlanReader
{
    public static Result<ReleasePlan> Read(JsonObject spec)
    {
        var faults = new List<Fault>();
        var strategy = Enum.TryParse<ReleaseStrategy>((string?)spec["strategy"] ?? "canary", ignoreCase: true, out var known) ? known : ReleaseStrategy.Canary;
        var steps = Steps(spec["steps"] as JsonArray, strategy, faults);
        var interval = Time(spec, "interval", TimeSpan.FromSeconds(30), faults);
        if (interval < TimeSpan.FromSeconds(1))
        {
            faults.Add(new Fault("spec.interval", "must be 1s or more"));
        }

        var isShadow = strategy == ReleaseStrategy.Shadow;
        var plan = new ReleasePlan(
            strategy, steps, strategy == ReleaseStrategy.Ab ? (int?)spec["percent"] ?? 50 : 0, (int?)spec["mirrorPercent"] ?? (isShadow ? 100 : 0),
            spec["for"] is null ? (strategy == ReleaseStrategy.BlueGreen ? TimeSpan.Zero : null) : Time(spec, "for", TimeSpan.Zero, faults),
            (bool?)spec["autoPromote"] ?? !isShadow, Time(spec, "keepFormer", TimeSpan.FromMinutes(10), faults), interval,
            Time(spec, "maxWait", TimeSpan.FromHours(1), faults), (string?)spec["monitor"], Winner(spec["winner"] as JsonObject, faults),
            Analyses(spec["analyses"] as JsonArray ?? [], faults));
        Check(plan, spec, faults);
        return faults.Count > 0 ? Problem.Invalid(faults) : plan;
    }

    private static void Check(ReleasePlan plan, JsonObject spec, List<Fault> faults)
    {
        void OnlyFor(string field, params ReadOnlySpan<ReleaseStrategy> strategies)
        {
            if (spec[field] is not null && !strategies.Contains(plan.Strategy))
            {
                faults.Add(new Fault($"spec.{field}", $"has no meaning with strategy {ReleasePlan.NameOf(plan.Strategy)}; remove it"));
            }
        }

        OnlyFor("steps", ReleaseStrategy.Canary);
        OnlyFor("percent", ReleaseStrategy.Ab);
        OnlyFor("winner", ReleaseStrategy.Ab);
        OnlyFor("for", ReleaseStrategy.Ab, ReleaseStrategy.Shadow, ReleaseStrategy.BlueGreen);
        if (plan is { Strategy: ReleaseStrategy.Ab, For: null, Winner: null })
        {
            faults.Add(new Fault("spec.for", "an A/B test needs an end: spec.for, spec.winner or both"));
        }

        if (plan is { Strategy: ReleaseStrategy.Shadow, MirrorPercent: 0 })
        {
            faults.Add(new Fault("spec.mirrorPercent", "a shadow that gets no requests shows nothing; use 1 to 100"));
        }

        var asked = plan.Analyses.Select(a => a.Metric).Concat(plan.Winner is { } winner ? [winner.Metric] : []).ToArray();
        if (plan.Monitor is null && asked.Any(m => m is ReleaseMetric.Loss or ReleaseMetric.Drift))
        {
            faults.Add(new Fault("spec.monitor", "loss and drift come from a Monitor; name it here"));
        }

        if (plan.MirrorPercent == 0 && asked.Any(m => m is ReleaseMetric.Disagreement or ReleaseMetric.MeanDifference or ReleaseMetric.MaxDifference))
        {
            faults.Add(new Fault("spec.mirrorPercent", "answers are compared on mirrored requests; use 1 to 100"));
        }
    }

    private static List<CanaryStep> Steps(JsonArray? entries, ReleaseStrategy strategy, List<Fault> faults)
    {
        if (entries is null)
        {
            return strategy == ReleaseStrategy.Canary ? [new(10, TimeSpan.FromMinutes(5), false), new(50, TimeSpan.FromMinutes(5), false)] : [];
        }

        var steps = new List<CanaryStep>();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i] as JsonObject ?? [];
            var time = TimeSpan.Zero;
            if ((string?)entry["for"] is { } text && !DurationText.TryParse(text, out time))
            {
                faults.Add(new Fault($"spec.steps[{i}].for", $"'{text}' is not a duration such as 5m"));
            }

            var step = new CanaryStep((int?)entry["percent"] ?? 0, time, (bool?)entry["pause"] ?? false);
            if (steps.Count > 0 && step.Percent <= steps[^1].Percent)
            {
                faults.Add(new Fault($"spec.steps[{i}].percent", "must be above that of the step before"));
            }

            steps.Add(step);
        }

        if (steps.Count == 0)
        {
            faults.Add(new Fault("spec.steps", "needs one step at least, such as {percent: 10, for: 5m}"));
        }

        return steps;
    }

    private static WinnerRule? Winner(JsonObject? winner, List<Fault> faults)
    {
        if (winner is null)
        {
            return null;
        }

        var metric = Metric((string?)winner["metric"], "spec.winner.metric", faults);
        if (metric is not (ReleaseMetric.ErrorRate or ReleaseMetric.LatencyMean or ReleaseMetric.Loss))
        {
            faults.Add(new Fault("spec.winner.metric", "must be errorRate, latencyMean or loss: a test of means decides"));
        }

        return new WinnerRule(metric, (double?)winner["confidence"] ?? 0.95, (int?)winner["minSamples"] ?? 100);
    }

    private static List<Analysis> Analyses(JsonArray entries, List<Fault> faults)
    {
        var analyses = new List<Analysis>();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i] as JsonObject ?? [];
            var metric = Metric((string?)entry["metric"], $"spec.analyses[{i}].metric", faults);
            var usual = metric is ReleaseMetric.Loss ? 20 : metric is ReleaseMetric.Drift ? 1 : 50;
            var analysis = new Analysis(metric, (double?)entry["max"], (double?)entry["maxRatio"], (int?)entry["minSamples"] ?? usual);
            if (analysis is { Max: null, MaxRatio: null })
            {
                faults.Add(new Fault($"spec.analyses[{i}]", "needs max, maxRatio (a multiple of the released revision's figure) or both"));
            }

            if (analysis.MaxRatio is not null && metric is (ReleaseMetric.Drift or ReleaseMetric.Disagreement or ReleaseMetric.MeanDifference or ReleaseMetric.MaxDifference))
            {
                faults.Add(new Fault($"spec.analyses[{i}].maxRatio", $"{ReleasePlan.NameOf(metric)} has no figure of the released revision beside it; use max"));
            }

            analyses.Add(analysis);
        }

        return analyses;
    }

    private static ReleaseMetric Metric(string? name, string path, List<Fault> faults)
    {
        foreach (var metric in Enum.GetValues<ReleaseMetric>())
        {
            if (ReleasePlan.NameOf(metric) == name)
            {
                return metric;
            }
        }

        faults.Add(new Fault(path, $"'{name}' is not one of {string.Join(", ", ReleasePlan.MetricNames)}"));
        return default;
    }

    private static TimeSpan Time(JsonObject spec, string field, TimeSpan usual, List<Fault> faults)
    {
        if ((string?)spec[field] is not { } text)
        {
            return usual;
        }

        if (DurationText.TryParse(text, out var time))
        {
            return time;
        }

        faults.Add(new Fault($"spec.{field}", $"'{text}' is not a duration such as 30s, 5m or 7d"));
        return usual;
    }
}
