using System.Numerics;

namespace Slipway.Serving.Trials.Domain;

/// <summary>
/// Buckets of durations, eight per doubling from 1 us to over an hour: a quantile read from them is at most 6.25% off, whatever the distribution, and
/// the buckets of several replicas can be added up.
/// </summary>
internal static class LatencyBuckets
{
    private const int PerDoubling = 8;

    public const int Count = 32 * PerDoubling;

    public static int Of(TimeSpan took)
    {
        var micros = (ulong)Math.Max(1, took.Ticks / TimeSpan.TicksPerMicrosecond);
        var doublings = BitOperations.Log2(micros);

        // The three bits below the highest one tell which eighth of the doubling it is.
        var eighth = doublings >= 3 ? (int)(micros >> (doublings - 3)) & 7 : (int)(micros << (3 - doublings)) & 7;
        return Math.Min(Count - 1, (doublings * PerDoubling) + eighth);
    }

    /// <summary>The middle of a bucket, in milliseconds.</summary>
    public static double MiddleOf(int bucket) => Math.ScaleB(1 + (((bucket % PerDoubling) + 0.5) / PerDoubling), bucket / PerDoubling) / 1000;

    /// <summary>The duration in milliseconds that a share of all does not exceed; null without any.</summary>
    /// <param name="quantile">From 0 to 1.</param>
    public static double? Quantile(IReadOnlyList<long> buckets, double quantile)
    {
        var total = buckets.Sum();
        if (total == 0)
        {
            return null;
        }

        var wanted = Math.Max(1, (long)Math.Ceiling(quantile * total));
        var seen = 0L;
        for (var i = 0; i < buckets.Count; i++)
        {
            seen += buckets[i];
            if (seen >= wanted)
            {
                return MiddleOf(i);
            }
        }

        return MiddleOf(buckets.Count - 1);
    }
}
