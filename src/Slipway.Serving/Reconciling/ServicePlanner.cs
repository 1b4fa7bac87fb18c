using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Reconciling;

/// <summary>Brings every revision that a service asks for into memory and decides which one is stable.</summary>
internal sealed class ServicePlanner(ModelResolver resolver, RevisionStore store, RevisionHost host)
{
    public async Task<ServiceState> PlanAsync(Resource resource, ServiceSpec spec, CancellationToken cancellation)
    {
        var (ns, name) = (resource.Namespace, resource.Name);
        var target = await WantAsync(ns, name, spec.Predictor.Model, spec.Predictor.Scale, await resolver.ResolveAsync(ns, spec.Predictor.Source, spec.Predictor.Model.Format, cancellation), cancellation);
        var (stable, rollout, rolledOut, before) = await ChooseStableAsync(resource, spec, target, cancellation);

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

        return new ServiceState(target, stable, rollout, rolledOut, before, canaries, mirrors);
    }

    private async Task<(LoadedRevision? Stable, int? Rollout, string? RolledOut, string? Before)> ChooseStableAsync(
        Resource resource, ServiceSpec spec, WantedRevision target, CancellationToken cancellation)
    {
        var component = ServiceSpec.At(resource.Json, "status", "components", "predictor");
        var (rolledOut, before) = ((string?)component?["latestRolledoutRevision"], (string?)component?["previousRolledoutRevision"]);
        if (target.Loaded is null)
        {
            // The wanted model cannot be loaded: whatever answered last goes on answering, also after a restart.
            return (await PreviousAsync(resource, rolledOut, spec.Predictor.Scale, cancellation), null, rolledOut, before);
        }

        var newest = target.Loaded.Revision.Name;
        if (spec.RolloutPercent is { } percent and < 100 && rolledOut != newest
            && await PreviousAsync(resource, rolledOut, spec.Predictor.Scale, cancellation) is { } previous)
        {
            return (previous, percent, rolledOut, before);
        }

        return (target.Loaded, null, newest, rolledOut == newest ? before : rolledOut);
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
}
