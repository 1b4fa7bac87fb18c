using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>
/// Rolls candidates out. Each round carries out the last decision if that is still to be done, looks at aliases and windows, and decides at most one
/// thing; the decision is on disk with its event before anything follows from it, so a crash at any point goes on where it was.
/// </summary>
internal sealed class PromotionPolicyController(
    IResourceStore resources, IModelRegistry registry, IMonitorWindows monitors, RolloutStore decisions, RolloutActions actions, TimeProvider time)
    : IController
{
    private const string Finalizer = "slipway.dev/promotion-policy";

    /// <summary>How soon to look again for an inference service that is not there: nothing else would wake this controller.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);

    private readonly KeyIndex _followed = new();

    public string Name => "promotion-policy";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "model.alias.", "monitor.window."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        if (!e.Type.StartsWith("resource.", StringComparison.Ordinal))
        {
            return _followed.WhoRefersTo(e.Namespace, e.Subject);
        }

        var prefix = PromotionPolicyKind.Definition.SubjectPrefix + "/";
        return e.Subject.StartsWith(prefix, StringComparison.Ordinal) ? [new ResourceRef(e.Namespace, e.Subject[prefix.Length..])] : [];
    }

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation)
    {
        var all = (await resources.ListAsync(PromotionPolicyKind.Definition, new ListQuery(), cancellation)).OrThrow();
        return [.. all.Items.Select(r => new ResourceRef(r.Namespace, r.Name))];
    }

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(PromotionPolicyKind.Definition, key.Namespace, key.Name, cancellation);
        if (!found.TryGet(out var policy, out var problem))
        {
            _followed.Remove(key);
            return problem.Code == ProblemCode.NotFound ? ReconcileOutcome.Done : ReconcileOutcome.Retry(problem.Message);
        }

        var spec = PromotionPolicySpec.Read(policy.Spec);
        if (policy.IsDeleting)
        {
            return Outcome(await ReleaseAsync(key, policy, spec, cancellation));
        }

        // Before looking: what happens from here on wakes this key again.
        _followed.Set(key, $"models/{spec.Model}", $"monitors/{spec.Monitor}");
        if (!(await HoldAsync(policy, cancellation)).TryGet(out policy, out problem))
        {
            return Outcome(problem);
        }

        var settled = await SettleAsync(key, policy, spec, cancellation);
        if (!settled.TryGet(out var serviceFound, out problem))
        {
            return ReconcileOutcome.Retry(problem.Message);
        }

        var saved = await resources.UpdateStatusAsync(PromotionPolicyKind.Definition, policy, Options(), cancellation);
        if (!saved.Succeeded)
        {
            return Outcome(saved.Problem);
        }

        return serviceFound ? ReconcileOutcome.Done : ReconcileOutcome.ComeBack(LookAgain);
    }

    /// <summary>Decides and acts until there is nothing left to do, and fills the status in. The value tells whether the inference service is there.</summary>
    private async Task<Result<bool>> SettleAsync(ResourceRef key, Resource policy, PromotionPolicySpec spec, CancellationToken cancellation)
    {
        var lastWindow = (int?)policy.Status["lastWindow"] ?? 0;
        while (true)
        {
            var history = await decisions.NewestAsync(policy.Uid, PromotionPolicyStatus.DecisionsShown, cancellation);
            var last = history.Count > 0 ? history[0] : null;

            // A policy that was pointed at another model starts from nothing.
            var state = last is null || last.Model != spec.Model ? RolloutState.Initial : last.Decision.Next;
            var acted = await ActAsync(key.Namespace, policy.Uid, spec, last, state, cancellation);
            if (!acted.TryGet(out var serviceFound, out var problem))
            {
                return problem;
            }

            var seen = await LookAsync(key.Namespace, spec, state, lastWindow, cancellation);
            var decision = serviceFound || state.Phase != RolloutPhase.Idle ? RolloutRules.Next(state, spec.Plan, seen) : null;
            if (decision is null)
            {
                PromotionPolicyStatus.Write(policy, spec, state, seen, history, serviceFound, time.GetUtcNow());
                return serviceFound;
            }

            var recorded = await decisions.RecordAsync(
                policy.Uid, (last?.Sequence ?? 0) + 1, key.Namespace, key.Name, spec.Model, state.Phase, decision, cancellation);
            if (!recorded.Succeeded)
            {
                return recorded.Problem;
            }
        }
    }

    /// <summary>Aliases once per decision, since people may move them afterwards; the fields of the inference service always.</summary>
    private async Task<Result<bool>> ActAsync(
        string ns, string uid, PromotionPolicySpec spec, RecordedDecision? last, RolloutState state, CancellationToken cancellation)
    {
        if (last is { CarriedOut: false } && last.Model == spec.Model)
        {
            var moved = await actions.MoveAliasesAsync(ns, spec, last, cancellation);
            if (!moved.Succeeded)
            {
                return moved.Problem;
            }
        }

        var applied = await actions.ApplyAsync(ns, spec, state, cancellation);
        if (applied.Succeeded && last is { CarriedOut: false })
        {
            var noted = await decisions.CarriedOutAsync(uid, last.Sequence, cancellation);
            return noted.Succeeded ? applied : noted.Problem;
        }

        return applied;
    }

    private async Task<Sighting> LookAsync(string ns, PromotionPolicySpec spec, RolloutState state, int lastWindow, CancellationToken cancellation)
    {
        var after = state.Phase == RolloutPhase.Idle ? Math.Max(lastWindow, state.JudgedWindow) : state.StartedAfterWindow;
        var windows = await monitors.ListAsync(ns, spec.Monitor, after, cancellation);
        return new Sighting(
            await registry.GetAliasAsync(ns, spec.Model, spec.CandidateAlias, cancellation),
            await registry.GetAliasAsync(ns, spec.Model, spec.ChampionAlias, cancellation),
            windows, Math.Max(Math.Max(after, lastWindow), windows.Count > 0 ? windows[^1].Number : 0));
    }

    /// <summary>A finalizer, so that a policy that goes takes its canary with it.</summary>
    private async Task<Result<Resource>> HoldAsync(Resource policy, CancellationToken cancellation)
    {
        var finalizers = Finalizers(policy);
        return finalizers.Contains(Finalizer) ? policy : await SetFinalizersAsync(policy, [.. finalizers, Finalizer], cancellation);
    }

    private async Task<Result<Unit>> ReleaseAsync(ResourceRef key, Resource policy, PromotionPolicySpec spec, CancellationToken cancellation)
    {
        var finalizers = Finalizers(policy);
        if (!finalizers.Contains(Finalizer))
        {
            return Result.Ok;
        }

        var cleared = await actions.ApplyAsync(key.Namespace, spec, RolloutState.Initial, cancellation);
        if (!cleared.Succeeded)
        {
            return cleared.Problem;
        }

        var forgotten = await decisions.ForgetAsync(policy.Uid, cancellation);
        if (!forgotten.Succeeded)
        {
            return forgotten.Problem;
        }

        return (await SetFinalizersAsync(policy, [.. finalizers.Where(f => f != Finalizer)], cancellation)).Select(_ => default(Unit));
    }

    private Task<Result<Resource>> SetFinalizersAsync(Resource policy, string[] finalizers, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = policy.ResourceVersion, ["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]),
            },
        };
        return resources.PatchAsync(
            PromotionPolicyKind.Definition, policy.Namespace, policy.Name, PatchType.Merge, patch, null, Options(), cancellation);
    }

    private static string[] Finalizers(Resource policy) => policy.Metadata["finalizers"] is JsonArray list ? [.. list.Select(f => (string)f!)] : [];

    private WriteOptions Options() => new($"controller:{Name}");

    private static ReconcileOutcome Outcome(Result<Unit> result) => result.Succeeded ? ReconcileOutcome.Done : Outcome(result.Problem);

    // Deleted meanwhile: its event brings the key back.
    private static ReconcileOutcome Outcome(Problem problem) =>
        problem.Code == ProblemCode.NotFound ? ReconcileOutcome.Done : ReconcileOutcome.Retry(problem.Message);
}
