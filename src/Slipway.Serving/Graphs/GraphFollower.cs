using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>Keeps the graphs of this replica up to date, whether it leads or not; the status is the leader's affair.</summary>
internal sealed class GraphFollower(IResourceStore resources, GraphTable graphs) : IController
{
    private static readonly string Prefix = InferenceGraphKind.Definition.SubjectPrefix + "/";

    public string Name => "graph";

    public IReadOnlyList<string> EventTypes { get; } = ["resource."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e) =>
        e.Subject.StartsWith(Prefix, StringComparison.Ordinal) ? [new ResourceRef(e.Namespace, e.Subject[Prefix.Length..])] : [];

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation)
    {
        var all = (await resources.ListAsync(InferenceGraphKind.Definition, new ListQuery(), cancellation)).OrThrow();
        return [.. all.Items.Select(r => new ResourceRef(r.Namespace, r.Name))];
    }

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(InferenceGraphKind.Definition, key.Namespace, key.Name, cancellation);
        if (!found.TryGet(out var resource, out var problem) && problem.Code != ProblemCode.NotFound)
        {
            return ReconcileOutcome.Retry(problem.Message);
        }

        if (resource is null || resource.IsDeleting)
        {
            graphs.Remove(key.Namespace, key.Name);
        }
        else if (GraphReader.Read(resource.Json).TryGet(out var graph, out _))
        {
            // One that cannot be read leaves in place what answered before.
            graphs.Set(key.Namespace, key.Name, graph);
        }

        return ReconcileOutcome.Done;
    }
}
