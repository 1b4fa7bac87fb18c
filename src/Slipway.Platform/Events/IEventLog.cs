using Slipway.Kernel.Problems;

namespace Slipway.Platform.Events;

/// <summary>Which events a reader wants: by type prefix (null is all) and namespace (null is all).</summary>
public sealed record EventFilter(string? TypePrefix = null, string? Namespace = null, string? Subject = null)
{
    public bool Matches(Event e) =>
        (TypePrefix is null || e.Type.StartsWith(TypePrefix, StringComparison.Ordinal))
        && (Namespace is null || e.Namespace == Namespace)
        && (Subject is null || e.Subject == Subject);
}

/// <summary>The append-only, ordered, hash-chained log of everything that happened. Appending is on <c>IWriteSession.AppendAsync</c>.</summary>
public interface IEventLog
{
    /// <summary>The sequence number of the newest committed event; 0 in an empty log.</summary>
    Task<long> HeadAsync(CancellationToken cancellation);

    /// <summary>Events after <paramref name="after"/>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Event>> ReadAsync(long after, EventFilter filter, int limit, CancellationToken cancellation);

    /// <summary>
    /// Follows the log from after <paramref name="after"/> for ever: stored events first, then new ones as they commit, each once and in order.
    /// Served from a ring of recent events in memory; a slow reader falls back to the table, it never holds writers up.
    /// </summary>
    IAsyncEnumerable<Event> FollowAsync(long after, EventFilter filter, CancellationToken cancellation);

    /// <summary>Walks the whole chain; the value is the number of events, the problem names the first sequence that does not fit.</summary>
    Task<Result<long>> VerifyAsync(CancellationToken cancellation);
}
