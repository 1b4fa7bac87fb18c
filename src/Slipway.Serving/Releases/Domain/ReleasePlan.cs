namespace Slipway.Serving.Releases.Domain;

internal enum ReleaseStrategy
{
    Canary,
    Ab,
    Shadow,
    BlueGreen,
}

internal enum ReleaseMetric
{
    ErrorRate,
    LatencyMean,
    LatencyP50,
    LatencyP95,
    LatencyP99,

    /// <summary>Mean loss on live labels, from a monitor.</summary>
    Loss,

    /// <summary>Share of drifted input columns, from a monitor.</summary>
    Drift,

    /// <summary>Share of mirrored requests whose outputs differ from what the caller got.</summary>
    Disagreement,

    /// <summary>Mean absolute difference of the numbers in them.</summary>
    MeanDifference,
    MaxDifference,
}

/// <param name="Pause">The step waits for a person.</param>
internal sealed record CanaryStep(int Percent, TimeSpan For, bool Pause);

/// <summary>A figure and what it may be at most.</summary>
/// <param name="Max">Absolute; latencies in milliseconds.</param>
/// <param name="MaxRatio">As a multiple of the released revision's.</param>
internal sealed record Analysis(ReleaseMetric Metric, double? Max, double? MaxRatio, int MinSamples);

/// <param name="Confidence">That the winner is better, over all looks together.</param>
internal sealed record WinnerRule(ReleaseMetric Metric, double Confidence, int MinSamples);

/// <summary>A Rollout's spec, read with all faults at once.</summary>
/// <param name="For">Of an A/B test, a shadow or a blue/green preview; null: until somebody decides.</param>
/// <param name="KeepFormer">How long the former revision is kept warm and watched.</param>
/// <param name="MaxWait">How much longer than asked a step may lack samples.</param>
internal sealed record ReleasePlan(
    ReleaseStrategy Strategy, IReadOnlyList<CanaryStep> Steps, int Percent, int MirrorPercent, TimeSpan? For, bool AutoPromote, TimeSpan KeepFormer,
    TimeSpan Interval, TimeSpan MaxWait, string? Monitor, WinnerRule? Winner, IReadOnlyList<Analysis> Analyses)
{
    public static IEnumerable<string> MetricNames => Enum.GetValues<ReleaseMetric>().Select(NameOf);

    public static string NameOf(ReleaseMetric metric) => char.ToLowerInvariant(metric.ToString()[0]) + metric.ToString()[1..];

    public static string NameOf(ReleaseStrategy strategy) => strategy.ToString().ToLowerInvariant();
}
