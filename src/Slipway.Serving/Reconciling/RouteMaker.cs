using Slipway.Serving.Domain;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Revisions;
using Slipway.Serving.Trials;

namespace Slipway.Serving.Reconciling;

/// <summary>Makes the route that a plan comes to.</summary>
internal sealed class RouteMaker(TrialTable trials)
{
    public ServiceRoute Make(string ns, string name, ServiceSpec spec, ServiceState state)
    {
        var mirrors = state.Mirrors.Select(m => m.Wanted.Loaded).Append(state.Shadow).OfType<LoadedRevision>().ToArray();
        return new ServiceRoute(ns, name, state.Stable, state.LiveCanaries(), spec.Mirror, mirrors, state.Kept)
        {
            LogPercent = spec.LogPercent,
            Logger = spec.Logger,
            Transformer = spec.Transformer,
            TransformerCode = state.Transformer?.Route,
            Explainer = spec.Explainer,
            ExplainerCode = state.Explainer?.Route,
            MirrorPercent = spec.Mirror || spec.MirrorVersions.Count > 0 || state.Shadow is null ? 100 : state.Gate!.State!.MirrorPercent,
            Callers = Callers(spec.Routing, state),
            Tags = [.. spec.Routing.Tags || state.Gate is not null ? Tags(name, state) : []],
            Trial = Measure(ns, name, state),
        };
    }

    /// <summary>The newest revision, and beside it the one that answers what it does not.</summary>
    public static IEnumerable<(string Name, LoadedRevision Revision)> Tags(string name, ServiceState state)
    {
        if (state.Stable is not { } stable)
        {
            yield break;
        }

        yield return ($"latest-{name}", state.Newest ?? stable);
        if (state.Newest is not null)
        {
            yield return ($"prev-{name}", stable);
        }
        else if (state.Gate?.State is { Phase: ReleasePhase.Watching } && state.Kept.Count > 0)
        {
            yield return ($"prev-{name}", state.Kept[0]);
        }
    }

    private static CallerRouting? Callers(RoutingSpec routing, ServiceState state)
    {
        if (routing.Key == RouteKey.Id && routing.Matches.Count == 0)
        {
            return null;
        }

        var matches = new List<(RouteMatch, LoadedRevision)>();
        foreach (var match in routing.Matches)
        {
            var target = match.Target switch
            {
                RoutingSpec.Stable => state.Stable,
                RoutingSpec.Latest => state.LiveCanaries().Select(c => c.Revision).FirstOrDefault(r => r == state.Newest),
                _ => state.Canaries.FirstOrDefault(c => c.Spec.Name == match.Target)?.Wanted.Loaded,
            };

            // A target that is not loaded takes nobody: its callers are split like all others.
            if (target is not null)
            {
                matches.Add((match, target));
            }
        }

        return new CallerRouting(routing.Key, matches);
    }

    /// <summary>Nothing is measured, and nothing paid for it, but while a Rollout has something to find out.</summary>
    private Trial? Measure(string ns, string name, ServiceState state)
    {
        if (state.Gate is { State.Phase: ReleasePhase.Progressing or ReleasePhase.Watching } gate)
        {
            return trials.Enter(ns, name, gate.Epoch);
        }

        trials.Leave(ns, name);
        return null;
    }
}
