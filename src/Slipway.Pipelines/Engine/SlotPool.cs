using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>What a step takes a slot of: the server's own threads, or the machine's room for processes.</summary>
internal enum SlotKind
{
    BuiltIn,
    Workload,
}

/// <summary>One run's part in the slots. Changed under the pool's lock only.</summary>
internal sealed class SlotShare(string ns, int priority, int maxRunning, long order, Action<SlotKind> grant)
{
    public string Namespace => ns;

    public int Priority => priority;

    public int MaxRunning => maxRunning;

    /// <summary>Older runs have smaller ones.</summary>
    public long Order => order;

    public int Running { get; set; }

    public int[] Waiting { get; } = new int[2];

    /// <summary>Grants that the run has been told of but has not taken up.</summary>
    public int[] OnTheWay { get; } = new int[2];

    public void Grant(SlotKind kind) => grant(kind);
}

/// <summary>
/// Who may start a step next. The most urgent runs first; among equals the namespace that has the fewest steps running, then the run that has the
/// fewest, then the older run: so a wide run does not hold up a narrow one, nor a busy tenant a quiet one. A step that starts keeps its slot to its end.
/// </summary>
internal sealed class SlotPool
{
    private readonly Lock _lock = new();
    private readonly int[] _free = new int[2];
    private readonly int _perNamespace;
    private readonly Dictionary<string, int> _runningOf = new(StringComparer.Ordinal);
    private readonly HashSet<SlotShare>[] _waiting = [[], []];

    public SlotPool(int builtIn, int workloads, int perNamespace)
    {
        (_free[(int)SlotKind.BuiltIn], _free[(int)SlotKind.Workload], _perNamespace) = (builtIn, workloads, perNamespace);
    }

    /// <summary>True when a step could start at once.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _free[0] > 0 || _free[1] > 0;
            }
        }
    }

    /// <summary>
    /// Gives slots back, says how many tasks wait for one, and returns how many may start now. Slots that others deserve more go to them; for those that
    /// come later the share's grant is called.
    /// </summary>
    /// <param name="takenUp">Grants told of before, that the run has now used or counts among the returned.</param>
    /// <param name="waiting">Tasks that are ready, those of <paramref name="takenUp"/> not among them.</param>
    public int Exchange(SlotShare share, SlotKind kind, int returned, int takenUp, int waiting)
    {
        lock (_lock)
        {
            return ExchangeLocked(share, (int)kind, returned, takenUp, waiting);
        }
    }

    /// <summary>The run is gone: what it holds and what is on its way to it goes back.</summary>
    public void Close(SlotShare share, SlotKind kind, int returned)
    {
        lock (_lock)
        {
            var onTheWay = share.OnTheWay[(int)kind];
            ExchangeLocked(share, (int)kind, returned + onTheWay, onTheWay, 0);
        }
    }

    private int ExchangeLocked(SlotShare share, int k, int returned, int takenUp, int waiting)
    {
        var mine = 0;
        share.OnTheWay[k] -= takenUp;
        _free[k] += returned;
        share.Running -= returned;
        if (returned > 0)
        {
            _runningOf[share.Namespace] -= returned;
            if (_runningOf[share.Namespace] == 0)
            {
                _runningOf.Remove(share.Namespace);
            }
        }

        SetWaiting(share, k, waiting - share.OnTheWay[k]);
        while (_free[k] > 0 && Best(k) is { } best)
        {
            _free[k]--;
            best.Running++;
            _runningOf[best.Namespace] = _runningOf.GetValueOrDefault(best.Namespace) + 1;
            SetWaiting(best, k, best.Waiting[k] - 1);
            if (best == share)
            {
                mine++;
            }
            else
            {
                best.OnTheWay[k]++;
                best.Grant((SlotKind)k);
            }
        }

        return mine;
    }

    private SlotShare? Best(int kind)
    {
        SlotShare? best = null;
        foreach (var share in _waiting[kind])
        {
            if (share.Running < share.MaxRunning && RunningIn(share) < _perNamespace && (best is null || IsBefore(share, best)))
            {
                best = share;
            }
        }

        return best;
    }

    private bool IsBefore(SlotShare one, SlotShare other)
    {
        if (one.Priority != other.Priority)
        {
            return one.Priority > other.Priority;
        }

        var (mine, its) = (RunningIn(one), RunningIn(other));
        return mine != its ? mine < its : one.Running != other.Running ? one.Running < other.Running : one.Order < other.Order;
    }

    private int RunningIn(SlotShare share) => _runningOf.GetValueOrDefault(share.Namespace);

    private void SetWaiting(SlotShare share, int kind, int waiting)
    {
        share.Waiting[kind] = Math.Max(0, waiting);
        if (share.Waiting[kind] > 0)
        {
            _waiting[kind].Add(share);
        }
        else
        {
            _waiting[kind].Remove(share);
        }
    }
}
