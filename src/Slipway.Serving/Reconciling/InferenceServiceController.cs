using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Kinds;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>Writes down what is live, in the one replica that leads; the routes themselves are every replica's own affair.</summary>
internal sealed class InferenceServiceController(
    IResourceStore resources, ServiceRouting routing, RevisionStore revisions, StatusWriter status, LoggerStatus logger,
    TransformerStatus transformer) : IController
{
    /// <summary>A file may be repaired or an alias set without an event that reaches this controller.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    public string Name => "inferenceservice";

    public IReadOnlyList<string> EventTypes => ServiceRouting.EventTypes;

    public IReadOnlyList<ResourceRef> KeysOf(Event e) => routing.KeysOf(e);

    public Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) => routing.ListKeysAsync(cancellation);

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        if (!(await routing.RouteAsync(key, cancellation)).TryGet(out var routed, out var problem))
        {
            return ReconcileOutcome.Retry(problem.Message);
        }

        switch (routed)
        {
            case Routed.Stopped stopped:
                status.WriteStopped(stopped.Resource);
                return await SaveAsync(stopped.Resource, ReconcileOutcome.Done, cancellation);
            case Routed.Refused refused:
                status.WriteInvalid(refused.Resource, refused.Problem);
                return await SaveAsync(refused.Resource, ReconcileOutcome.Done, cancellation);
            case Routed.Live live:
                status.Write(live.Resource, live.State);
                transformer.Write(live.Resource, live.Spec);
                var delivers = logger.Write(live.Resource, live.Spec.Logger);
                return await SaveAsync(live.Resource, live.State.Settled && delivers ? ReconcileOutcome.Done : ReconcileOutcome.ComeBack(RetryAfter), cancellation);
            default:
                var deleted = await revisions.DeleteAllAsync(key.Namespace, key.Name, cancellation);
                return deleted.Succeeded ? ReconcileOutcome.Done : ReconcileOutcome.Retry(deleted.Problem.Message);
        }
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
