using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>Makes aliases and the inference service follow what was decided. Every action may be done again and changes nothing then.</summary>
internal sealed class RolloutActions(IResourceStore resources, IModelRegistry registry)
{
    private const string FieldManager = "promotion-policy";

    /// <summary>
    /// Moves the aliases that the decision moves. Only from where the decision found them: what somebody else pointed elsewhere since is left alone.
    /// </summary>
    public async Task<Result<Unit>> MoveAliasesAsync(string ns, PromotionPolicySpec spec, RecordedDecision recorded, CancellationToken cancellation)
    {
        var decision = recorded.Decision;
        switch (decision.Kind)
        {
            case DecisionKind.Promoted:
                var promoted = await MoveAsync(ns, spec.Model, spec.ChampionAlias, decision.FromVersion, decision.Version, decision.Reason, cancellation);
                return promoted.Succeeded
                    ? await MoveAsync(
                        ns, spec.Model, spec.CandidateAlias, decision.Version, null, $"version {decision.Version} is {spec.ChampionAlias} now", cancellation)
                    : promoted;
            case DecisionKind.RolledBack when recorded.Before == RolloutPhase.Watching:
                return await MoveAsync(ns, spec.Model, spec.ChampionAlias, decision.Version, decision.FromVersion, decision.Reason, cancellation);
            default:
                return Result.Ok;
        }
    }

    /// <summary>Applies exactly the fields that the state asks for. False when there is no such inference service.</summary>
    public async Task<Result<bool>> ApplyAsync(string ns, PromotionPolicySpec spec, RolloutState state, CancellationToken cancellation)
    {
        // Apply would create a service that is missing, without a predictor.
        var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, spec.InferenceService, cancellation);
        if (!found.TryGet(out var service, out var problem))
        {
            return problem.Code == ProblemCode.NotFound ? false : problem;
        }

        if (service.IsDeleting)
        {
            return false;
        }

        var wanted = Resource.Create(InferenceServiceKind.Definition, ns, spec.InferenceService);
        if (state.Phase == RolloutPhase.Canary)
        {
            wanted.Metadata["annotations"] = new JsonObject { [ServiceSpec.MirrorAnnotation] = "true" };
            wanted.Spec["canary"] = new JsonArray(Canary(spec.Model, state));
        }
        else if (state.Phase == RolloutPhase.Watching)
        {
            wanted.Metadata["annotations"] = new JsonObject
            {
                [ServiceSpec.MirrorVersionsAnnotation] = state.Against.ToString(CultureInfo.InvariantCulture),
            };
        }

        var applied = await resources.ApplyAsync(InferenceServiceKind.Definition, wanted, FieldManager, cancellation);
        return applied.Select(_ => true);
    }

    private static JsonObject Canary(string model, RolloutState state) => new()
    {
        ["trafficPercent"] = state.Percent,
        ["predictor"] = new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"v{state.Version}"),
            ["model"] = new JsonObject
            {
                ["modelFormat"] = new JsonObject { ["name"] = "onnx" },
                ["storageUri"] = string.Create(CultureInfo.InvariantCulture, $"models:/{model}/{state.Version}"),
            },
        },
    };

    private async Task<Result<Unit>> MoveAsync(
        string ns, string model, string alias, int from, int? to, string reason, CancellationToken cancellation)
    {
        var current = await registry.GetAliasAsync(ns, model, alias, cancellation);
        if (current?.Version != from)
        {
            return Result.Ok;
        }

        var moved = await registry.SetAliasAsync(ns, model, alias, to, RolloutStore.Actor, reason, cancellation);
        return moved.Select(_ => default(Unit));
    }
}
