using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Reconciling;

/// <summary>Writes how many copies of the wanted model there are, and why one is missing: the condition <c>ReplicasReady</c> and <c>modelStatus.copies</c>.</summary>
internal static class ReplicaStatus
{
    private const string Condition = "ReplicasReady";

    public static void Write(Resource resource, ServiceState state, DateTimeOffset now)
    {
        switch (state.Target.Loaded?.Model.Model)
        {
            case IScaledModel scaled:
                Write(resource, scaled.Replicas, now);
                break;
            case not null when Wanted(resource, "minReplicas") > 1 || Wanted(resource, "maxReplicas") > 1:
                Conditions.Set(resource, Condition, "True", "OneSharedCopy", "An ONNX model is one copy in the server that uses all cores, however many replicas are asked for", now);
                break;
            default:
                if (resource.Status["conditions"] is JsonArray list && list.FirstOrDefault(c => (string?)c?["type"] == Condition) is { } stale)
                {
                    list.Remove(stale);
                }

                break;
        }
    }

    private static void Write(Resource resource, ReplicaState replicas, DateTimeOffset now)
    {
        if (resource.Status["modelStatus"]?["copies"] is JsonObject copies)
        {
            copies["totalCopies"] = replicas.Ready;
            copies["failedCopies"] = replicas.Trouble is null ? 0 : Math.Max(1, replicas.Wanted - replicas.Ready);
        }

        var whole = replicas.Ready >= replicas.Wanted && replicas.Trouble is null;
        var reason = replicas.Sleeps ? replicas.Trouble is null ? "ScaledToZero" : "WakingFailed" : whole ? "AllReady" : replicas.Trouble is null ? "Starting" : "WorkerEnded";
        var count = string.Create(CultureInfo.InvariantCulture, $"{replicas.Ready} of {replicas.Wanted} are ready");
        var words = replicas.Trouble is { } trouble ? $"{count}. {trouble}" : replicas.Sleeps ? "No copy is loaded; the next request loads one" : count;
        Conditions.Set(resource, Condition, whole ? "True" : "False", reason, words, now);
    }

    private static int Wanted(Resource resource, string field) =>
        ServiceSpec.At(resource.Json, "spec", "predictor", field) is JsonValue value && value.TryGetValue<int>(out var number) ? number : 0;
}
