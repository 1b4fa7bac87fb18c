namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>The four ways a score becomes a decision. An undefined score is never drift.</summary>
internal static class Decide
{
    public static bool PValueBelow(DriftScore score, double threshold) => score.PValue < threshold;

    public static bool PValueAtMost(DriftScore score, double threshold) => score.PValue <= threshold;

    public static bool DistanceAtLeast(DriftScore score, double threshold) => score.Statistic >= threshold;

    public static bool DistanceAbove(DriftScore score, double threshold) => score.Statistic > threshold;
}
