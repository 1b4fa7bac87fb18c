using System.Collections.Concurrent;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Payloads;
using Slipway.Serving.Releases;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>What a look at one service came to: a closed list.</summary>
internal abstract record Routed
{
    private Routed()
    {
    }

    /// <summary>There is no such service any more; it answers nothing.</summary>
    public sealed record Gone : Routed;

    /// <summary>Unloaded on purpose.</summary>
    public sealed record Stopped(Resource Resource) : Routed;

    /// <summary>Cannot be acted on; what was live stays so.</summary>
    public sealed record Refused(Resource Resource, Problem Problem) : Routed;

    public sealed record Live(Resource Resource, ServiceSpec Spec, ServiceState State) : Routed;
}

/// <summary>
/// Keeps the routes of this process as the InferenceServices want them: resolves models, loads them, swaps the route, lets go of what is no longer
/// used. The order makes that no request fails on the way. Writes no status: every replica does this, and one of them tells of it.
/// </summary>
internal sealed class ServiceRouting(IResourceStore resources, ServicePlanner planner, RouteMaker routes, RevisionHost host, EventSinks sinks, PayloadStorages storages)
{
    private static readonly string[] Prefixes =
        [InferenceServiceKind.Definition.SubjectPrefix + "/", RolloutKind.Definition.SubjectPrefix + "/", ReleaseStore.SubjectPrefix];

    private readonly KeyIndex _followed = new();
    private readonly ConcurrentDictionary<ResourceRef, SemaphoreSlim> _turns = new();

    /// <summary>Prefixes of the events that may change a route.</summary>
    public static IReadOnlyList<string> EventTypes { get; } = ["resource.", "model.alias.", "rollout."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        if (e.Type.StartsWith("model.alias.", StringComparison.Ordinal))
        {
            return _followed.WhoRefersTo(e.Namespace, e.Subject);
        }

        // A Rollout has the name of its service; that it is there matters as much as what it decides.
        foreach (var prefix in Prefixes)
        {
            if (e.Subject.StartsWith(prefix, StringComparison.Ordinal))
            {
                return [new ResourceRef(e.Namespace, e.Subject[prefix.Length..])];
            }
        }

        return [];
    }

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation)
    {
        var all = (await resources.ListAsync(InferenceServiceKind.Definition, new ListQuery(), cancellation)).OrThrow();
        return [.. all.Items.Select(r => new ResourceRef(r.Namespace, r.Name))];
    }

    /// <summary>Looks at the service as it is now and brings its route there. One at a time per service.</summary>
    public async Task<Result<Routed>> RouteAsync(ResourceRef key, CancellationToken cancellation)
    {
        // The start of the server, the loop of this replica and, where it leads, the controller all come here.
        var turn = _turns.GetOrAdd(key, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            return await RouteAloneAsync(key, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<Result<Routed>> RouteAloneAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(InferenceServiceKind.Definition, key.Namespace, key.Name, cancellation);
        if (!found.TryGet(out var resource, out var problem) && problem.Code != ProblemCode.NotFound)
        {
            return problem;
        }

        if (resource is null || resource.IsDeleting)
        {
            _followed.Remove(key);
            host.Forget(key.Namespace, key.Name);
            sinks.Set(key.Namespace, key.Name, null);
            storages.Set(key.Namespace, key.Name, null);
            return new Routed.Gone();
        }

        if (ServiceSpec.IsStopped(resource.Json))
        {
            _followed.Remove(key);
            host.Remove(key.Namespace, key.Name);
            sinks.Set(key.Namespace, key.Name, null);
            return new Routed.Stopped(resource);
        }

        if (!ServiceSpec.Read(resource.Json).TryGet(out var spec, out problem))
        {
            return new Routed.Refused(resource, problem);
        }

        // Before resolving: an alias that moves in between wakes this service again.
        _followed.Set(key, [.. spec.FollowedModels.Select(m => $"models/{m}")]);
        var state = await planner.PlanAsync(resource, spec, cancellation);
        LanePolicies.Apply(spec, state);
        storages.Set(key.Namespace, key.Name, spec.Logger?.Storage);
        host.Apply(routes.Make(key.Namespace, key.Name, spec, state));
        sinks.Set(key.Namespace, key.Name, spec.Logger?.Url);
        return new Routed.Live(resource, spec, state);
    }
}
