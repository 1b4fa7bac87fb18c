using Slipway.Platform.Events;

namespace Slipway.Platform.Controllers;

/// <summary>What a controller works on: one resource of its kind.</summary>
public readonly record struct ResourceRef(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

/// <summary>How a reconcile ended: a closed list.</summary>
public abstract record ReconcileOutcome
{
    private ReconcileOutcome()
    {
    }

    /// <summary>The world is as the resource wants it; come back on the next event or resync.</summary>
    public sealed record Settled : ReconcileOutcome;

    /// <summary>Come back after a while even if nothing happens.</summary>
    public sealed record Again(TimeSpan After) : ReconcileOutcome;

    /// <summary>It did not work; come back with exponential backoff.</summary>
    public sealed record Failed(string Reason) : ReconcileOutcome;

    public static ReconcileOutcome Done { get; } = new Settled();

    public static ReconcileOutcome ComeBack(TimeSpan delay) => new Again(delay);

    public static ReconcileOutcome Retry(string reason) => new Failed(reason);
}

/// <summary>
/// A level-triggered loop: given a key, look at what is wanted and what is, and move one towards the other. It is called once per key at a time,
/// in one replica (a lease elects the leader), on every event that <see cref="KeysOf"/> maps to it, on start for every resource, and on resync.
/// Events may be merged, repeated or missed: only the present counts.
/// </summary>
public interface IController
{
    /// <summary>Lower case; also the name of its lease, metrics and field manager.</summary>
    string Name { get; }

    /// <summary>Event type prefixes that may wake it, for instance <c>resource.</c> and <c>model.alias.</c>.</summary>
    IReadOnlyList<string> EventTypes { get; }

    /// <summary>
    /// The keys that an event concerns. Called for every matching event, so it must be cheap and do no I/O; a controller that is woken by other
    /// resources keeps an index of who refers to them, filled as it reconciles (every key is reconciled at start).
    /// </summary>
    IReadOnlyList<ResourceRef> KeysOf(Event e);

    /// <summary>All keys there are: reconciled at start and at every resync.</summary>
    Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation);

    Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation);
}
