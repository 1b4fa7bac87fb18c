namespace Slipway.Serving.Domain;

/// <summary>How long to wait before a worker that ended is started again.</summary>
internal static class RestartDelay
{
    /// <summary>A worker that lived so long is not one that cannot start: counting begins anew.</summary>
    public static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);

    /// <summary>So many ends in a row, and callers are told at once instead of being held.</summary>
    public const int Hopeless = 3;

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <param name="ends">Ends in a row, this one included. The first is put right at once: requests are waiting.</param>
    public static TimeSpan After(int ends) =>
        ends <= 1 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(ends - 2, 20)));
}
