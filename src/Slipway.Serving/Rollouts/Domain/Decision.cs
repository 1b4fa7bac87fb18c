namespace Slipway.Serving.Rollouts.Domain;

internal enum DecisionKind
{
    Started,
    Advanced,
    Held,
    Promoted,
    RolledBack,
    Confirmed,
}

/// <param name="Version">The version on trial.</param>
/// <param name="FromVersion">The champion it is compared with, or that it replaced.</param>
/// <param name="Percent">The candidate's share of the requests from now on.</param>
/// <param name="Window">The monitor's window that led to it; the newest one for decisions that no window led to.</param>
/// <param name="Next">Where the rollout stands once this is decided.</param>
internal sealed record Decision(DecisionKind Kind, int Version, int FromVersion, int Percent, int Window, string Reason, RolloutState Next);
