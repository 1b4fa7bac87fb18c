using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Reconciling;

/// <summary>The conditions <c>TransformerReady</c> and <c>ExplainerReady</c> of the user's code, and which revision of it answers.</summary>
internal static class CodeStatus
{
    public static void Write(Resource resource, CodeState? state, string role, DateTimeOffset now)
    {
        if (resource.Status["components"] is not JsonObject components)
        {
            return;
        }

        if (state is null)
        {
            components.Remove(role);
            return;
        }

        var former = ServiceSpec.At(components, role);
        var written = new JsonObject();
        Set("latestCreatedRevision", state.Wanted?.Name ?? (string?)former?["latestCreatedRevision"]);
        Set("latestReadyRevision", (state.Problem is null ? state.Live?.Revision.Name : null) ?? (string?)former?["latestReadyRevision"]);
        Set("latestRolledoutRevision", state.Live?.Revision.Name ?? (string?)former?["latestRolledoutRevision"]);
        components[role] = written;
        var (ready, reason, message) = Judge(state);
        Conditions.Set(resource, ConditionOf(role), ready ? "True" : "False", reason, message, now);

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                written[name] = value;
            }
        }
    }

    public static string ConditionOf(string role) => role == CodeSpec.Transformer ? "TransformerReady" : "ExplainerReady";

    /// <summary>One that workers died under is not ready only while none is left: the others answer.</summary>
    private static (bool Ready, string Reason, string Message) Judge(CodeState state)
    {
        if (state.Problem is { } problem)
        {
            var kept = state.Live is { } live ? $"{problem.Message}. {live.Revision.Name} goes on answering" : problem.Message;
            return (false, new WantedRevision(state.Wanted, null, problem, null).Reason, kept);
        }

        var replicas = state.Live!.Held.Replicas;
        var name = state.Live.Revision.Name;
        return replicas.Sleeps ? (replicas.Trouble is null, replicas.Trouble is null ? "ScaledToZero" : "WakingFailed", replicas.Trouble ?? $"{name} sleeps; the next request wakes it")
            : replicas.Ready > 0 ? (true, "Loaded", $"{name}: {replicas.Ready} of {replicas.Wanted} workers are ready{(replicas.Trouble is { } trouble ? $". {trouble}" : "")}")
            : (false, replicas.Trouble is null ? "Starting" : "WorkerEnded", $"{name}: no worker is ready. {replicas.Trouble}");
    }
}
