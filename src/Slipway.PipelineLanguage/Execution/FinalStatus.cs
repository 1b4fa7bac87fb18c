using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What an exit task is told about the task before it.</summary>
public static class FinalStatus
{
    public const string Succeeded = "SUCCEEDED";
    public const string Failed = "FAILED";
    public const string Cancelled = "CANCELLED";

    /// <summary>What Kubeflow's own backend says for success.</summary>
    public const string Complete = "COMPLETE";

    /// <param name="state">One of the states above.</param>
    /// <param name="task">The task that ended.</param>
    /// <param name="jobResourceName">The run's unique name.</param>
    /// <param name="error">Why it failed, or null.</param>
    public static JsonObject Of(string state, string task, string jobResourceName, string? error) => new()
    {
        ["state"] = state,
        // 2 is "unknown" of the gRPC codes, which the message is made of.
        ["error"] = error is null ? new JsonObject() : new JsonObject { ["code"] = 2, ["message"] = error },
        ["pipelineJobResourceName"] = jobResourceName,
        ["pipelineTaskName"] = task,
    };
}
