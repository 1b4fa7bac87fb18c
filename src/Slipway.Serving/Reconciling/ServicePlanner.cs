using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Releases;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Reconciling;

/// <summary>Brings every revision that a service asks for into memory and decides which one is stable.</summary>
internal sealed class ServicePlanner(ModelResolver resolver, RevisionStore store, RevisionHost host, RouteTable routes, CodePlanner codes, ReleaseGate gates)
{
    public async Task<ServiceState> PlanAsync(Resource resource, ServiceSpec spec, CancellationToken cancellation)
    {
        var (ns, name) = (resource.Namespace, resource.Name);
        var target = await WantAsync(ns, name, spec.Predictor.Model, spec.Predictor.Scale, await resolver.ResolveAsync(ns, spec.Predictor.Source, spec.Predictor.Model.Format, cancellation), cancellation);
        var gate = await gates.ReadAsync(resource, spec, cancellation);
        var chosen = await (gate is null ? ChooseStableAsync(resource, spec, target, cancellation) : PassAsync(resource, spec, gate, target, cancellation));

        var canaries = new List<CanaryState>();
        foreach (var canary in spec.Canaries)
        {
            var resolved = await resolver.ResolveAsync(ns, canary.Source, canary.Model.Format, cancellation);
            canaries.Add(new CanaryState(canary, await WantAsync(ns, name, canary.Model, spec.Predictor.Scale, resolved, cancellation)));
        }

        var mirrors = new List<(int, WantedRevision)>();
        foreach (var version in spec.MirrorVersions)
        {
            var resolved = await resolver.ResolveVersionAsync(ns, spec.Predictor.Source.RegisteredModel!, version, spec.Predictor.Model.Format, cancellation);
            mirrors.Add((version, await WantAsync(ns, name, spec.Predictor.Model, spec.Predictor.Scale, resolved, cancellation)));
        }

        return new ServiceState(target, chosen.Stable, chosen.Percent, chosen.RolledOut, chosen.Before, canaries, mirrors)
        {
            Gate = gate, Kept = chosen.Kept ?? [], Shadow = chosen.Shadow,
            Transformer = await codes.PlanAsync(resource, spec.TransformerCode, cancellation), Explainer = await codes.PlanAsync(resource, spec.ExplainerCode, cancellation),
        };
    }

    /// <summary>A Rollout decides: what it released answers, what the service asks for gets what the Rollout gives it.</summary>
    private async Task<Chosen> PassAsync(Resource resource, ServiceSpec spec, Gate gate, WantedRevision target, CancellationToken cancellation)
    {
        var (rolledOut, before) = RolledOut(resource);
        var released = gate.State is { } known ? Revision.NameOf(resource.Name, known.Released) : rolledOut;
        if (released is null)
        {
            // Nothing answered before: there is nothing to protect.
            return new Chosen(target.Loaded, null, target.Loaded?.Revision.Name, before);
        }

        var stable = target.Loaded?.Name == released ? target.Loaded : await PreviousAsync(resource, released, spec.Predictor.Scale, cancellation);
        if (stable is null)
        {
            // What was released is gone from the store: an answer by what is asked for is better than none.
            return new Chosen(target.Loaded, null, released, before);
        }

        if (gate.State is not { } state)
        {
            return new Chosen(stable, null, released, before, Kept: target.Loaded is { } waiting && waiting != stable ? [waiting] : []);
        }

        var formerName = state.Former > 0 ? Revision.NameOf(resource.Name, state.Former) : null;
        if (target.Loaded is not { } newest || newest == stable || state.Phase != ReleasePhase.Progressing || newest.Revision.Number != state.Candidate)
        {
            var former = state.Phase == ReleasePhase.Watching ? await PreviousAsync(resource, formerName, spec.Predictor.Scale, cancellation) : null;
            return new Chosen(stable, null, released, formerName ?? before, Kept: [.. new[] { former, target.Loaded }.OfType<LoadedRevision>().Where(r => r != stable)]);
        }

        return new Chosen(
            stable, state.NeverAnswers ? null : state.Percent, released, formerName ?? before, state.MirrorPercent > 0 ? newest : null,
            state.NeverAnswers ? [newest] : []);
    }

    /// <summary>
    /// The last two revisions that had all the traffic, by the service's own status. A route is live before its status is written: a change that comes
    /// in between would find that nothing had ever answered, and a broken one would end what does; so until then this process's own route tells.
    /// </summary>
    private (string? Last, string? Before) RolledOut(Resource resource)
    {
        var component = ServiceSpec.At(resource.Json, "status", "components", "predictor");
        return (
            (string?)component?["latestRolledoutRevision"] ?? routes.Find(resource.Namespace, resource.Name)?.Stable?.Revision.Name,
            (string?)component?["previousRolledoutRevision"]);
    }

    private async Task<Chosen> ChooseStableAsync(
        Resource resource, ServiceSpec spec, WantedRevision target, CancellationToken cancellation)
    {
        var (rolledOut, before) = RolledOut(resource);
        if (target.Loaded is null)
        {
            // The wanted model cannot be loaded: whatever answered last goes on answering, also after a restart.
            return new Chosen(await PreviousAsync(resource, rolledOut, spec.Predictor.Scale, cancellation), null, rolledOut, before);
        }

        var newest = target.Loaded.Revision.Name;
        if (spec.RolloutPercent is { } percent and < 100 && rolledOut != newest
            && await PreviousAsync(resource, rolledOut, spec.Predictor.Scale, cancellation) is { } previous)
        {
            return new Chosen(previous, percent, rolledOut, before);
        }

        return new Chosen(target.Loaded, null, newest, rolledOut == newest ? before : rolledOut);
    }

    private async Task<LoadedRevision?> PreviousAsync(Resource resource, string? name, ScaleSpec scale, CancellationToken cancellation)
    {
        if (Revision.NumberOf(resource.Name, name) is not { } number
            || await store.FindAsync(resource.Namespace, resource.Name, number, cancellation) is not { } revision)
        {
            return null;
        }

        return (await host.LoadAsync(revision, scale, cancellation)).TryGet(out var loaded, out _) ? loaded : null;
    }

    private async Task<WantedRevision> WantAsync(
        string ns, string service, ModelSpec spec, ScaleSpec scale, Result<ResolvedModel> resolved, CancellationToken cancellation)
    {
        if (!resolved.TryGet(out var model, out var problem))
        {
            return new WantedRevision(null, null, problem, null);
        }

        var content = new RevisionContent(model.Model, model.Version, model.Digest, model.Format, ModelFormats.NeedsWorker(model.Format) ? spec.Worker.ToText() : "");
        if (!(await store.EnsureAsync(ns, service, content, cancellation)).TryGet(out var revision, out problem))
        {
            return new WantedRevision(null, null, problem, model.AliasSequence);
        }

        var loaded = await host.LoadAsync(revision, scale, cancellation);
        return loaded.TryGet(out var ready, out problem)
            ? new WantedRevision(revision, ready, null, model.AliasSequence)
            : new WantedRevision(revision, null, problem, model.AliasSequence);
    }

    /// <param name="Percent">The newest revision's share; null when it has none of its own.</param>
    /// <param name="Shadow">Runs mirrored requests for a Rollout.</param>
    private sealed record Chosen(
        LoadedRevision? Stable, int? Percent, string? RolledOut, string? Before, LoadedRevision? Shadow = null, IReadOnlyList<LoadedRevision>? Kept = null);
}
