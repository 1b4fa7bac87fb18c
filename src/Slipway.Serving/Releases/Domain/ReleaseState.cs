namespace Slipway.Serving.Releases.Domain;

internal enum ReleasePhase
{
    /// <summary>The released revision answers, and nothing else is wanted.</summary>
    Idle,

    /// <summary>A new revision is on trial beside the released one.</summary>
    Progressing,

    /// <summary>The new revision is released; the former one is kept warm and may come back.</summary>
    Watching,

    /// <summary>The revision that the service asks for was taken back; the released one goes on.</summary>
    Refused,
}

/// <summary>Where a service's rollout stands after its last decision. Revisions are numbers, 0 is none. Settable for the generated JSON reader.</summary>
internal sealed record ReleaseState
{
    public static ReleaseState Initial { get; } = new();

    public ReleasePhase Phase { get; set; }

    /// <summary>The revision that answers whatever no candidate does.</summary>
    public int Released { get; set; }

    /// <summary>On trial, or, when refused, the one that was taken back.</summary>
    public int Candidate { get; set; }

    /// <summary>Released before; an undo goes back to it.</summary>
    public int Former { get; set; }

    /// <summary>Index into the canary's steps.</summary>
    public int Step { get; set; }

    /// <summary>The candidate's share of the requests.</summary>
    public int Percent { get; set; }

    /// <summary>The share of the requests that also runs on the candidate, unseen.</summary>
    public int MirrorPercent { get; set; }

    /// <summary>The candidate only runs mirrored requests, whatever a caller asks for.</summary>
    public bool NeverAnswers { get; set; }

    public bool Paused { get; set; }

    /// <summary>Whether somebody has let the present step go on that waits for a person.</summary>
    public bool Approved { get; set; }

    public DateTimeOffset Started { get; set; }

    /// <summary>When the present step, or the watch, began.</summary>
    public DateTimeOffset StepStarted { get; set; }

    /// <summary>The monitor's newest window when the present step began: later ones are evidence.</summary>
    public int AfterWindow { get; set; }

    /// <summary>How often an A/B test has looked for a winner: each look has a share of the error that is allowed.</summary>
    public int Looks { get; set; }

    /// <summary>Counts the steps: figures of different ones are not mixed.</summary>
    public int Epoch { get; set; }
}
