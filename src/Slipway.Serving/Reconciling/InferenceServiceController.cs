using System.Collections.Concurrent;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Keeps the routes of this process as the InferenceServices want them: resolves models, loads them, swaps the route, lets go of what is no longer
/// used, and writes down what is live. The order makes that no request fails on the way.
/// </summary>
internal sealed class InferenceServiceController(
    IResourceStore resources, ServicePlanner planner, RevisionStore revisions, RevisionHost host, StatusWriter status, EventSinks sinks, LoggerStatus logger) : IController
{
    /// <summary>A file may be repaired or an alias set without an event that reaches this controller.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    private readonly KeyIndex _followed = new();
    private readonly ConcurrentDictionary<ResourceRef, SemaphoreSlim> _turns = new();

    public string Name => "inferenceservice";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "model.alias."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        if (e.Type.StartsWith("model.alias.", StringComparison.Ordinal))
        {
            return _followed.WhoRefersTo(e.Namespace, e.Subject);
        }

        var prefix = InferenceServiceKind.Definition.SubjectPrefix + "/";
        return e.Subject.StartsWith(prefix, StringComparison.Ordinal) ? [new ResourceRef(e.Namespace, e.Subject[prefix.Length..])] : [];
    }

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation)
    {
        var all = (await resources.ListAsync(InferenceServiceKind.Definition, new ListQuery(), cancellation)).OrThrow();
        return [.. all.Items.Select(r => new ResourceRef(r.Namespace, r.Name))];
    }

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        // The start of the server reconciles too, beside the controller runtime.
        var turn = _turns.GetOrAdd(key, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            return await ReconcileAloneAsync(key, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<ReconcileOutcome> ReconcileAloneAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(InferenceServiceKind.Definition, key.Namespace, key.Name, cancellation);
        if (!found.TryGet(out var resource, out var problem) && problem.Code != ProblemCode.NotFound)
        {
            return ReconcileOutcome.Retry(problem.Message);
        }

        if (resource is null || resource.IsDeleting)
        {
            return await RemoveAsync(key, cancellation);
        }

        if (ServiceSpec.IsStopped(resource.Json))
        {
            _followed.Remove(key);
            host.Remove(key.Namespace, key.Name);
            sinks.Set(key.Namespace, key.Name, null);
            status.WriteStopped(resource);
            return await SaveAsync(resource, ReconcileOutcome.Done, cancellation);
        }

        if (!ServiceSpec.Read(resource.Json).TryGet(out var spec, out problem))
        {
            status.WriteInvalid(resource, problem);
            return await SaveAsync(resource, ReconcileOutcome.Done, cancellation);
        }

        // Before resolving: an alias that moves in between wakes this service again.
        _followed.Set(key, [.. spec.FollowedModels.Select(m => $"models/{m}")]);
        var state = await planner.PlanAsync(resource, spec, cancellation);
        LanePolicies.Apply(spec, state);
        host.Apply(new ServiceRoute(
            key.Namespace, key.Name, state.Stable, state.LiveCanaries(), spec.Mirror, [.. state.Mirrors.Select(m => m.Wanted.Loaded).OfType<LoadedRevision>()])
        {
            LogPercent = spec.LogPercent, Logger = spec.Logger, Explainer = spec.Explainer,
        });
        sinks.Set(key.Namespace, key.Name, spec.Logger?.Url);
        status.Write(resource, state);
        var delivers = logger.Write(resource, spec.Logger);
        return await SaveAsync(resource, state.Settled && delivers ? ReconcileOutcome.Done : ReconcileOutcome.ComeBack(RetryAfter), cancellation);
    }

    private async Task<ReconcileOutcome> RemoveAsync(ResourceRef key, CancellationToken cancellation)
    {
        _followed.Remove(key);
        host.Forget(key.Namespace, key.Name);
        sinks.Set(key.Namespace, key.Name, null);
        var deleted = await revisions.DeleteAllAsync(key.Namespace, key.Name, cancellation);
        return deleted.Succeeded ? ReconcileOutcome.Done : ReconcileOutcome.Retry(deleted.Problem.Message);
    }

    private async Task<ReconcileOutcome> SaveAsync(Resource resource, ReconcileOutcome outcome, CancellationToken cancellation)
    {
        var saved = await resources.UpdateStatusAsync(InferenceServiceKind.Definition, resource, new WriteOptions($"controller:{Name}"), cancellation);
        return saved.Problem?.Code switch
        {
            null => outcome,

            // Deleted meanwhile: its event brings the key back.
            ProblemCode.NotFound => ReconcileOutcome.Done,
            _ => ReconcileOutcome.Retry(saved.Problem.Message),
        };
    }
}
