using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>How long to wait before a task is tried again.</summary>
public static class RetryDelay
{
    public static readonly TimeSpan Most = TimeSpan.FromHours(1);

    private const double DefaultFactor = 2;

    /// <summary>The wait before a retry; null when there are no retries left.</summary>
    /// <param name="policy">The task's policy; null never retries.</param>
    /// <param name="retry">1 for the first retry.</param>
    public static TimeSpan? Before(RetryPolicy? policy, int retry)
    {
        if (policy is null || retry > policy.MaxRetries)
        {
            return null;
        }

        var most = policy.MaxBackoff is { } limit && limit < Most ? limit : Most;
        var seconds = (policy.Backoff ?? TimeSpan.Zero).TotalSeconds * Math.Pow(policy.Factor ?? DefaultFactor, retry - 1);
        return seconds < most.TotalSeconds ? TimeSpan.FromSeconds(seconds) : most;
    }
}
