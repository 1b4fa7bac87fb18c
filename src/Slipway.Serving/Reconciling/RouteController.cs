using Slipway.Platform.Controllers;
using Slipway.Platform.Events;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Keeps the routes of this replica up to date, whether it leads or not: without it a replica would go on answering with the models of its start
/// while the others have moved on.
/// </summary>
internal sealed class RouteController(ServiceRouting routing) : IController
{
    /// <summary>A file may be repaired or an alias set without an event that reaches this controller.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);

    public string Name => "route";

    public IReadOnlyList<string> EventTypes => ServiceRouting.EventTypes;

    public IReadOnlyList<ResourceRef> KeysOf(Event e) => routing.KeysOf(e);

    public Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) => routing.ListKeysAsync(cancellation);

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation) =>
        !(await routing.RouteAsync(key, cancellation)).TryGet(out var routed, out var problem) ? ReconcileOutcome.Retry(problem.Message)
        : routed is Routed.Live { State.Settled: false } ? ReconcileOutcome.ComeBack(RetryAfter)
        : ReconcileOutcome.Done;
}
