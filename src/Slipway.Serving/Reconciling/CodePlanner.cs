using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Reconciling;

/// <summary>What came of one part of the user's code.</summary>
/// <param name="Wanted">The newest revision; null when not even its folder was found.</param>
/// <param name="Live">What answers: the wanted one, or the last that did while that cannot be loaded.</param>
/// <param name="Problem">Why the wanted one is not loaded.</param>
internal sealed record CodeState(CodeSpec Spec, Revision? Wanted, LoadedCode? Live, Problem? Problem)
{
    public CodeRoute Route => new(Spec, Live, Problem?.Message);
}

/// <summary>Brings a service's transformer and explainer into their workers; one that cannot be loaded leaves the last one answering, as with models.</summary>
internal sealed class CodePlanner(ModelResolver resolver, RevisionStore store, CodeHost host, RouteTable routes)
{
    public async Task<CodeState?> PlanAsync(Resource resource, CodeSpec? spec, CancellationToken cancellation)
    {
        if (spec is null)
        {
            return null;
        }

        var (ns, owner) = (resource.Namespace, LoadedCode.OwnerOf(resource.Name, spec.Role));
        Revision? wanted = null;
        if ((await resolver.ResolveAsync(ns, spec.Source, ModelFormats.Python, cancellation)).TryGet(out var found, out var problem)
            && (await store.EnsureAsync(ns, owner, new RevisionContent(found.Model, found.Version, found.Digest, found.Format, spec.Worker.ToText()), cancellation)).TryGet(out wanted, out problem)
            && (await host.LoadAsync(wanted, resource.Name, spec.Role, spec.Scale, cancellation)).TryGet(out var loaded, out problem))
        {
            return new CodeState(spec, wanted, loaded, null);
        }

        return new CodeState(spec, wanted, await LastAsync(resource, spec, owner, cancellation), problem);
    }

    /// <summary>What answered last: by the status, or while that is not written yet, by this process's own route.</summary>
    private async Task<LoadedCode?> LastAsync(Resource resource, CodeSpec spec, string owner, CancellationToken cancellation)
    {
        var name = (string?)ServiceSpec.At(resource.Json, "status", "components", spec.Role, "latestRolledoutRevision")
            ?? routes.Find(resource.Namespace, resource.Name)?.CodeOf(spec.Role)?.Loaded?.Revision.Name;
        return Revision.NumberOf(owner, name) is { } number
            && await store.FindAsync(resource.Namespace, owner, number, cancellation) is { } revision
            && (await host.LoadAsync(revision, resource.Name, spec.Role, spec.Scale, cancellation)).TryGet(out var loaded, out _)
                ? loaded
                : null;
    }
}
