using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Reconciling;

/// <summary>Hands each revision's lane what its predictor says of batches, limits and the cache: no revision is loaded again for that.</summary>
internal static class LanePolicies
{
    public static void Apply(ServiceSpec spec, ServiceState state)
    {
        foreach (var canary in state.Canaries)
        {
            canary.Wanted.Loaded?.Lane.Use(canary.Spec.Policy);
        }

        // The predictor's last: a revision in both roles answers most requests in this one.
        state.Target.Loaded?.Lane.Use(spec.Predictor.Policy);
        state.Stable?.Lane.Use(spec.Predictor.Policy);
        foreach (var kept in state.Kept)
        {
            kept.Lane.Use(spec.Predictor.Policy);
        }
    }

    /// <summary>Says whether runs are shared as wanted, where that is wanted.</summary>
    public static void WriteCondition(Resource resource, ServiceState state, DateTimeOffset now)
    {
        var lane = state.Stable?.Lane;
        if (lane?.Policy.Batch is null)
        {
            if (resource.Status["conditions"] is JsonArray all && all.FirstOrDefault(c => (string?)c?["type"] == "BatcherReady") is { } stale)
            {
                all.Remove(stale);
            }

            return;
        }

        var why = lane.WhyNoBatches;
        Conditions.Set(
            resource, "BatcherReady", why is null ? "True" : "False", why is null ? "Batching" : "NotBatchable",
            why is null ? "Requests share runs of the model" : $"Every request runs by itself: {why}", now);
    }
}
