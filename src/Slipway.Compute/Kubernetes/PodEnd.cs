using System.Text.Json.Nodes;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Kubernetes;

/// <summary>What a pod's and a job's status say about the workload. Pure.</summary>
internal static class PodEnd
{
    /// <summary>Reasons of a waiting container that do not pass by themselves.</summary>
    private static readonly string[] Hopeless = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"];

    /// <summary>The outcome, or null while it may still run.</summary>
    public static WorkloadOutcome? Read(JsonObject? job, JsonObject? pod, Workload workload)
    {
        var container = (pod?["status"]?["containerStatuses"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["name"] == JobManifest.ContainerName);
        if (Condition(job, "Failed") is { } failed && (string?)failed["reason"] == "DeadlineExceeded")
        {
            return new WorkloadOutcome.TimedOut(workload.Timeout ?? TimeSpan.Zero);
        }

        if (container?["state"]?["terminated"] is JsonObject ended)
        {
            return Ended(ended, workload);
        }

        if ((string?)pod?["status"]?["reason"] == "Evicted")
        {
            var message = (string?)pod["status"]!["message"] ?? "";
            return message.Contains("ephemeral", StringComparison.Ordinal) || message.Contains("emptyDir", StringComparison.Ordinal)
                ? new WorkloadOutcome.DiskFull(workload.Resources.DiskBytes)
                : new WorkloadOutcome.Failed(255, $"its pod was evicted: {message}");
        }

        if (container?["state"]?["waiting"] is JsonObject waiting && Hopeless.Contains((string?)waiting["reason"]))
        {
            return new WorkloadOutcome.CouldNotStart($"image \"{workload.Image}\": {(string?)waiting["reason"]}: {(string?)waiting["message"] ?? "Kubernetes gives no further reason"}");
        }

        if (Condition(job, "Failed") is { } other)
        {
            return new WorkloadOutcome.Failed(255, $"its job failed: {(string?)other["reason"]}: {(string?)other["message"]}");
        }

        return Condition(job, "Complete") is not null ? new WorkloadOutcome.Succeeded() : null;
    }

    /// <summary>True once its container has run or runs: there are logs.</summary>
    public static bool HasStarted(JsonObject? pod) =>
        (pod?["status"]?["containerStatuses"] as JsonArray)?.OfType<JsonObject>().Any(c => c["state"]?["running"] is not null || c["state"]?["terminated"] is not null) == true;

    private static WorkloadOutcome Ended(JsonObject ended, Workload workload)
    {
        var code = (int?)ended["exitCode"] ?? 255;
        var reason = (string?)ended["reason"];
        if (reason == "OOMKilled")
        {
            return new WorkloadOutcome.OutOfMemory(workload.Resources.MemoryBytes);
        }

        if (code == 0)
        {
            return new WorkloadOutcome.Succeeded();
        }

        // The kubelet's words for a program that is not in the image.
        if (reason is "StartError" or "ContainerCannotRun")
        {
            return new WorkloadOutcome.CouldNotStart((string?)ended["message"] ?? reason);
        }

        var signal = (int?)ended["signal"] is int told and > 0 ? told : code - 128;
        return signal > 0 && Signals.Name(signal).StartsWith("SIG", StringComparison.Ordinal)
            ? new WorkloadOutcome.Killed(signal)
            : new WorkloadOutcome.Failed(code, (string?)ended["message"]);
    }

    private static JsonObject? Condition(JsonObject? job, string type) =>
        (job?["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type && (string?)c["status"] == "True");
}
