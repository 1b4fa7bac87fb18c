using System.Text.Json.Nodes;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.RunApi;

/// <summary>A run as the v2beta1 API shows it, and beyond what upstream shows: <c>outputs {parameters}</c>, the pipeline's own output parameters once it has ended.</summary>
internal static class RunWire
{
    public static JsonObject Of(RunRow run)
    {
        var json = new JsonObject
        {
            ["experiment_id"] = run.ExperimentId,
            ["run_id"] = run.Id,
            ["display_name"] = run.DisplayName,
            ["storage_state"] = run.StorageState,
            ["description"] = run.Description.Length > 0 ? run.Description : null,
            ["namespace"] = run.Namespace,
            ["pipeline_version_reference"] = run.PipelineId is null ? null : new JsonObject { ["pipeline_id"] = run.PipelineId, ["pipeline_version_id"] = run.PipelineVersionId },
            ["runtime_config"] = new RuntimeConfig((JsonObject)JsonNode.Parse(run.Parameters)!, run.PipelineRoot).ToJson(),
            ["service_account"] = run.ServiceAccount,
            ["created_at"] = KfpTime.Text(run.Created),
            ["scheduled_at"] = KfpTime.Text(run.Scheduled ?? run.Created),
            ["started_at"] = KfpTime.Text(run.Started),
            ["finished_at"] = KfpTime.Text(run.Finished),
            ["state"] = RunStates.Wire(run.StateValue),
            ["error"] = Error(run),
            ["recurring_run_id"] = run.RecurringRunId,
            ["state_history"] = History(run.StateHistory),
        };
        if (run.Finished is not null)
        {
            json["outputs"] = new JsonObject { ["parameters"] = run.Outputs is null ? new JsonObject() : JsonNode.Parse(run.Outputs) };
        }

        foreach (var empty in json.Where(m => m.Value is null).Select(m => m.Key).ToList())
        {
            json.Remove(empty);
        }

        return json;
    }

    /// <summary>With its tasks, and the spec unless it is a version's.</summary>
    public static JsonObject Of(RunRow run, IReadOnlyList<TaskRow> tasks, string? spec)
    {
        var json = Of(run);
        if (spec is not null)
        {
            json["pipeline_spec"] = JsonNode.Parse(spec);
        }

        var children = tasks.Where(t => t.Parent is not null).ToLookup(t => t.Parent!);
        var ids = tasks.ToDictionary(t => t.Path, t => t.Id);
        json["run_details"] = new JsonObject { ["task_details"] = new JsonArray([.. tasks.Select(t => TaskWire.Of(t, ids, children[t.Path]))]) };
        return json;
    }

    /// <summary>Of <c>[{state, time, error}]</c> as the tables keep it.</summary>
    public static JsonArray History(string json) =>
        new([.. ((JsonArray)JsonNode.Parse(json)!).Select(entry =>
        {
            var shown = new JsonObject { ["update_time"] = KfpTime.Text((long)entry!["time"]!), ["state"] = RunStates.WireOfHistory((string)entry["state"]!) };
            if ((string?)entry["error"] is { } error)
            {
                shown["error"] = Status(RunStates.FailedCode, error);
            }

            return shown;
        })]);

    public static JsonObject Status(int code, string message) => new() { ["code"] = code, ["message"] = message };

    private static JsonObject? Error(RunRow run) => run.StateValue switch
    {
        RunState.Canceled => Status(RunStates.CancelledCode, run.Error ?? "the run was terminated"),
        RunState.Failed => Status(RunStates.FailedCode, run.Error ?? "the run failed"),
        _ => null,
    };
}
