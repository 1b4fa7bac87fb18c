namespace Slipway.Registry.Domain;

/// <summary>When a delivery that failed is tried again.</summary>
internal static class HookRetries
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);

    /// <summary>Null: never.</summary>
    /// <param name="answered">The receiver was there and said no; else nobody answered.</param>
    /// <param name="attempts">How often it was tried, the last one included.</param>
    /// <param name="age">Since the change that it tells of.</param>
    /// <param name="chance">0 to 1: spreads receivers' load.</param>
    public static TimeSpan? After(bool answered, int attempts, TimeSpan age, int retries, TimeSpan patience, TimeSpan? asked, double chance)
    {
        // MLflow gives up after a few answers; a receiver that is down for a while should not miss what happened.
        if (answered ? attempts > retries : age > patience)
        {
            return null;
        }

        var backoff = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempts - 1, 20)));
        var wait = (backoff < Longest ? backoff : Longest) + TimeSpan.FromSeconds(chance);
        var wanted = asked is null || asked < TimeSpan.Zero ? TimeSpan.Zero : asked > LongestAsked ? LongestAsked : asked.Value;
        return answered && wanted > TimeSpan.Zero ? wanted : wait;
    }
}
