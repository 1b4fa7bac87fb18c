namespace Slipway.Compute.Workloads;

/// <summary>Spans that a timer takes: at most 49 days (2^32 - 2 ms).</summary>
internal static class TimerSpan
{
    private static readonly TimeSpan Most = TimeSpan.FromDays(49);

    /// <summary>The timeout to keep; null for none, and for one that is longer than any server runs.</summary>
    public static TimeSpan? Timeout(TimeSpan? timeout) => timeout < Most ? timeout : null;

    public static TimeSpan Grace(TimeSpan grace) => grace < Most ? grace : Most;
}
