using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Releases;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Reconciling;

/// <summary>A revision that was wanted: loaded, or why not.</summary>
/// <param name="Revision">Null when not even the model could be found.</param>
internal sealed record WantedRevision(Revision? Revision, LoadedRevision? Loaded, Problem? Problem, long? AliasSequence)
{
    /// <summary>One word in CamelCase for the condition.</summary>
    public string Reason => Problem?.Code switch
    {
        null => "Loaded",
        ProblemCode.NotFound => Revision is null ? "ModelNotFound" : "ModelFileMissing",
        ProblemCode.Invalid => "ModelInvalid",
        ProblemCode.Unsupported => "ModelUnsupported",
        _ => "ModelLoadFailed",
    };
}

internal sealed record CanaryState(CanarySpec Spec, WantedRevision Wanted);

/// <summary>What came of one reconcile: the whole truth that the status tells.</summary>
/// <param name="Target">What the predictor asks for.</param>
/// <param name="Stable">What answers when no canary does; null when nothing can.</param>
/// <param name="Rollout">The target's share by canaryTrafficPercent, while it is not fully rolled out.</param>
/// <param name="RolledOut">Newest revision that had all the predictor's traffic.</param>
/// <param name="RolledOutBefore">The one before it.</param>
internal sealed record ServiceState(
    WantedRevision Target, LoadedRevision? Stable, int? Rollout, string? RolledOut, string? RolledOutBefore,
    IReadOnlyList<CanaryState> Canaries, IReadOnlyList<(int Version, WantedRevision Wanted)> Mirrors)
{
    /// <summary>What a Rollout lets through; null without one.</summary>
    public Gate? Gate { get; init; }

    /// <summary>Loaded and not routed: the former revision while it may come back, or one that has to wait for a Rollout's decision.</summary>
    public IReadOnlyList<LoadedRevision> Kept { get; init; } = [];

    public CodeState? Transformer { get; init; }

    public CodeState? Explainer { get; init; }

    /// <summary>Why a part of the user's code is not as wanted; null when all are.</summary>
    public CodeState? BrokenCode => new[] { Transformer, Explainer }.FirstOrDefault(c => c?.Problem is not null);

    /// <summary>The candidate of a Rollout that only runs mirrored requests; null without one.</summary>
    public LoadedRevision? Shadow { get; init; }

    /// <summary>The newest revision that is loaded, when it is another than the stable one.</summary>
    public LoadedRevision? Newest => Target.Loaded is { } newest && newest != Stable ? newest : null;

    /// <summary>All is as wanted; otherwise it is looked at again after a while.</summary>
    public bool Settled =>
        Target.Problem is null && BrokenCode is null && Canaries.All(c => c.Wanted.Problem is null) && Mirrors.All(m => m.Wanted.Problem is null);

    /// <summary>Canaries that take traffic, the rollout's newest revision included.</summary>
    public IReadOnlyList<CanaryRoute> LiveCanaries()
    {
        var live = Canaries.Where(c => c.Wanted.Loaded is not null).Select(c => new CanaryRoute(c.Wanted.Loaded!, c.Spec.Percent)).ToList();
        if (Rollout is { } percent && Newest is { } newest)
        {
            live.Add(new CanaryRoute(newest, percent));
        }

        return live;
    }
}
