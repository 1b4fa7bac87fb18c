using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Graphs.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Outbound;
using Slipway.Serving.Reconciling;

namespace Slipway.Serving.Graphs;

/// <summary>Puts graphs into the table of this process and writes down whether the services that they name can answer.</summary>
internal sealed class InferenceGraphController(
    IResourceStore resources, GraphTable graphs, OutboundHttp outbound, ServerAddress address, TimeProvider time) : IController
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);

    private readonly KeyIndex _services = new();

    public string Name => "inferencegraph";

    public IReadOnlyList<string> EventTypes { get; } = ["resource."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        var prefix = InferenceGraphKind.Definition.SubjectPrefix + "/";
        return e.Subject.StartsWith(prefix, StringComparison.Ordinal)
            ? [new ResourceRef(e.Namespace, e.Subject[prefix.Length..])]
            : _services.WhoRefersTo(e.Namespace, e.Subject);
    }

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
            _services.Remove(key);
            graphs.Remove(key.Namespace, key.Name);
            return ReconcileOutcome.Done;
        }

        if (!GraphReader.Read(resource.Json).TryGet(out var graph, out problem))
        {
            // What answered before goes on answering.
            Write(resource, false, "InvalidSpec", problem.Message);
            return await SaveAsync(resource, settled: true, cancellation);
        }

        _services.Set(key, [.. graph.Services.Select(s => $"{InferenceServiceKind.Definition.SubjectPrefix}/{s}")]);
        graphs.Set(key.Namespace, key.Name, graph);
        var missing = await MissingAsync(key.Namespace, graph, cancellation);
        Write(
            resource, missing.Count == 0, missing.Count == 0 ? "Ready" : "StepsNotReady",
            missing.Count == 0 ? "Every service that it names can answer" : string.Join("; ", missing));
        return await SaveAsync(resource, missing.Count == 0, cancellation);
    }

    private async Task<IReadOnlyList<string>> MissingAsync(string ns, GraphSpec graph, CancellationToken cancellation)
    {
        var missing = graph.Addresses.Select(outbound.Rules.Refuse).OfType<string>().ToList();
        foreach (var service in graph.Services)
        {
            var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, service, cancellation);
            if (!found.TryGet(out var resource, out _))
            {
                missing.Add($"there is no inference service '{service}'");
            }
            else if (Conditions.StatusOf(resource, "IngressReady") != "True")
            {
                missing.Add($"inference service '{service}' cannot answer yet");
            }
        }

        return missing;
    }

    private void Write(Resource resource, bool ready, string reason, string message)
    {
        resource.Status["observedGeneration"] = resource.Generation;
        if (address.Find() is { } server)
        {
            resource.Status["url"] = $"{server}/serving/{resource.Namespace}/{resource.Name}";
        }

        Conditions.Set(resource, "Ready", ready ? "True" : "False", reason, message, time.GetUtcNow());
    }

    private async Task<ReconcileOutcome> SaveAsync(Resource resource, bool settled, CancellationToken cancellation)
    {
        var saved = await resources.UpdateStatusAsync(InferenceGraphKind.Definition, resource, new WriteOptions($"controller:{Name}"), cancellation);
        return saved.Problem?.Code switch
        {
            null => settled ? ReconcileOutcome.Done : ReconcileOutcome.ComeBack(LookAgain),
            ProblemCode.NotFound => ReconcileOutcome.Done,
            _ => ReconcileOutcome.Retry(saved.Problem.Message),
        };
    }
}
