using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Loop.Definitions;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;

namespace Slipway.Loop.Replay;

/// <summary>
/// In a replay a month passes in a blink, while in life training takes far less than a month. So before the clock moves on, everything that the last
/// labels set off has to come to rest. Asked in the order of cause and effect, one pass in which all have caught up means that nothing is under way.
/// </summary>
internal sealed class SettleBarrier(IResourceStore resources, KindCatalog kinds, IPredictionLog predictions, IPipelineRuns runs, IModelRegistry registry)
{
    /// <summary>Null when all is at rest, else what is waited for.</summary>
    public async Task<string?> WaitingForAsync(string ns, string loop, CancellationToken cancellation)
    {
        var closed = await predictions.ClosedWindowsAsync(ns, loop, 0, cancellation);
        var window = closed.Count == 0 ? 0 : closed[^1].Number;
        if (await LastWindowAsync("slipway.dev", "Monitor", ns, loop, cancellation) < window)
        {
            return $"the monitor to evaluate window {window}";
        }

        if (await LastWindowAsync("slipway.dev", "PromotionPolicy", ns, loop, cancellation) < window)
        {
            return $"the promotion policy to judge window {window}";
        }

        if (await LastWindowAsync("slipway.dev", "Trigger", ns, loop, cancellation) < window)
        {
            return $"the trigger to judge window {window}";
        }

        if ((await runs.ListAsync(ns, LoopChildren.PipelineOf(loop), 50, cancellation)).FirstOrDefault(r => !r.IsFinished) is { } run)
        {
            return $"pipeline run {run.Id}";
        }

        var challenger = await registry.GetAliasAsync(ns, loop, "challenger", cancellation);
        var policy = await FindAsync("slipway.dev", "PromotionPolicy", ns, loop, cancellation);

        // While a rollout is under way or watched a further challenger waits for its end, which needs labels that are yet to come.
        var busy = (string?)policy?.Status["phase"] is "Canary" or "Watching";
        if (!busy && challenger is { Version: not null } && ((long?)policy?.Status["observedCandidateSequence"] ?? 0) < challenger.Sequence)
        {
            return $"the promotion policy to take up version {challenger.Version}";
        }

        return await ServiceLagsAsync(ns, loop, cancellation);
    }

    public async Task<string?> ServiceLagsAsync(string ns, string loop, CancellationToken cancellation)
    {
        var champion = await registry.GetAliasAsync(ns, loop, "champion", cancellation);
        var service = await FindAsync("serving.kserve.io", "InferenceService", ns, loop, cancellation);
        if (service is null || Conditions.StatusOf(service, "Ready") != "True")
        {
            return $"inference service {loop} to become ready";
        }

        return ((long?)service.Status["observedGeneration"] ?? 0) < service.Generation || ((long?)service.Status["observedAliasSequence"] ?? 0) < (champion?.Sequence ?? 0)
            ? $"inference service {loop} to take up its change"
            : null;
    }

    public async Task<bool> RolloutUnderWayAsync(string ns, string loop, CancellationToken cancellation) =>
        (string?)(await FindAsync("slipway.dev", "PromotionPolicy", ns, loop, cancellation))?.Status["phase"] is "Canary" or "Watching";

    private async Task<int> LastWindowAsync(string group, string kind, string ns, string name, CancellationToken cancellation) =>
        (int?)(await FindAsync(group, kind, ns, name, cancellation))?.Status["lastWindow"] ?? 0;

    private async Task<Resource?> FindAsync(string group, string kind, string ns, string name, CancellationToken cancellation) =>
        kinds.FindByKind(group, kind) is { } found && (await resources.GetAsync(found, ns, name, cancellation)).TryGet(out var resource, out _) ? resource : null;
}
