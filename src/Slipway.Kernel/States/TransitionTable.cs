namespace Slipway.Kernel.States;

/// <summary>State changes as a table. Nothing else sets a state: a pair that is not in the table is refused.</summary>
public sealed class TransitionTable<TState, TEvent>
    where TState : struct, Enum
    where TEvent : struct, Enum
{
    private readonly Dictionary<(TState, TEvent), TState> _next = [];

    public TransitionTable<TState, TEvent> On(TEvent happened, TState from, TState to)
    {
        _next.Add((from, happened), to);
        return this;
    }

    public bool TryNext(TState from, TEvent happened, out TState to) => _next.TryGetValue((from, happened), out to);

    /// <summary>True when no event leads out of the state.</summary>
    public bool IsFinal(TState state) => !_next.Keys.Any(k => EqualityComparer<TState>.Default.Equals(k.Item1, state));

    public IEnumerable<(TState From, TEvent On, TState To)> All => _next.Select(p => (p.Key.Item1, p.Key.Item2, p.Value));
}
