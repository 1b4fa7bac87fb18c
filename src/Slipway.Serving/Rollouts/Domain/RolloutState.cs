namespace Slipway.Serving.Rollouts.Domain;

internal enum RolloutPhase
{
    /// <summary>Nothing is on trial.</summary>
    Idle,

    /// <summary>The candidate answers a share of the requests.</summary>
    Canary,

    /// <summary>The candidate is champion, the former one runs beside it.</summary>
    Watching,
}

/// <summary>Where a rollout stands after its last decision. Everything else is read from the world.</summary>
internal sealed record RolloutState
{
    public static RolloutState Initial { get; } = new();

    public RolloutPhase Phase { get; init; }

    /// <summary>The version on trial; 0 when idle.</summary>
    public int Version { get; init; }

    /// <summary>The champion that it is compared with, or that it replaced; 0 when idle.</summary>
    public int Against { get; init; }

    /// <summary>Index into the stages, while in canary.</summary>
    public int Stage { get; init; }

    /// <summary>Share of the requests, while in canary.</summary>
    public int Percent { get; init; }

    /// <summary>The monitor's newest window when the rollout began: evidence is gathered after it.</summary>
    public int StartedAfterWindow { get; init; }

    /// <summary>The monitor's newest window when the present stage, or the watch, began.</summary>
    public int StageStartedAfterWindow { get; init; }

    /// <summary>The last window that led to a decision.</summary>
    public int JudgedWindow { get; init; }

    /// <summary>The newest assignment of the candidate alias that was taken into account: it is not started again.</summary>
    public long ObservedCandidateSequence { get; init; }
}
