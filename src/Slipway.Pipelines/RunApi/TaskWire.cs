using System.Text.Json.Nodes;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.RunApi;

/// <summary>
/// A task as the v2beta1 API shows it. Artifacts stand by id in <c>inputs</c> and <c>outputs</c>; what upstream leaves to another service stands beside them:
/// the artifacts themselves, parameters in and out, the cause of the state, the attempt, and where a cached result came from.
/// </summary>
internal static class TaskWire
{
    public static JsonObject Of(TaskRow task, IReadOnlyDictionary<string, string> ids, IEnumerable<TaskRow> children)
    {
        var state = RunStates.Wire(task.StateValue, task.CauseValue);
        var json = new JsonObject
        {
            ["run_id"] = task.RunId,
            ["task_id"] = task.Id,
            ["display_name"] = task.DisplayName,
            ["name"] = task.Name,
            ["create_time"] = KfpTime.Text(task.Created),
            ["start_time"] = KfpTime.Text(task.Started),
            ["end_time"] = KfpTime.Text(task.Finished),
            ["state"] = state,
            ["state_history"] = RunWire.History(task.History),
            ["executor_detail"] = Executor(task),
            ["error"] = Error(task),
            ["parent_task_id"] = task.Parent is not null ? ids.GetValueOrDefault(task.Parent) : null,
            ["pod_name"] = task.Path,
            ["child_tasks"] = Children(children),
            ["type"] = task.Kind,
            ["iteration_index"] = task.Iteration,
            ["attempt"] = task.Attempt,
            ["cause"] = task.CauseValue == TaskCause.None ? null : task.Cause,
            ["cached_from"] = task.CachedFrom,
        };
        Values(json, "input", task.Inputs);
        Values(json, "output", task.Outputs);
        foreach (var empty in json.Where(m => m.Value is null).Select(m => m.Key).ToList())
        {
            json.Remove(empty);
        }

        return json;
    }

    private static void Values(JsonObject json, string which, string? stored)
    {
        if (stored is null || JsonNode.Parse(stored) is not JsonObject values)
        {
            return;
        }

        if (values["parameterValues"] is JsonObject { Count: > 0 } parameters)
        {
            json[$"{which}_parameters"] = parameters.DeepClone();
        }

        if (values["artifacts"] is JsonObject { Count: > 0 } artifacts)
        {
            json[$"{which}s"] = new JsonObject(artifacts.Select(named => KeyValuePair.Create<string, JsonNode?>(named.Key, ArtifactsOf(named.Value))));
        }
    }

    private static JsonObject ArtifactsOf(JsonNode? named)
    {
        var list = named?["artifacts"] as JsonArray ?? [];
        return new JsonObject
        {
            ["artifact_ids"] = new JsonArray([.. list.Select(a => a?["id"]?.DeepClone()).Where(id => id is not null)]),
            ["artifacts"] = list.DeepClone(),
        };
    }

    private static JsonArray? Children(IEnumerable<TaskRow> children)
    {
        var list = new JsonArray([.. children.Select(c => new JsonObject { ["task_id"] = c.Id, ["pod_name"] = c.Path })]);
        return list.Count == 0 ? null : list;
    }

    /// <summary>An attempt is named as the log of it is read: PATH and the attempt's number.</summary>
    private static JsonObject? Executor(TaskRow task)
    {
        if (task.KindValue != TaskKind.Container || task.Attempt == 0)
        {
            return null;
        }

        var json = new JsonObject { ["main_job"] = $"{task.Path}#{task.Attempt}" };
        if (task.Attempt > 1)
        {
            json["failed_main_jobs"] = new JsonArray([.. Enumerable.Range(1, (int)Math.Min(task.Attempt - 1, 1000)).Select(n => (JsonNode)$"{task.Path}#{n}")]);
        }

        if (task.Detail is not null)
        {
            json["detail"] = JsonNode.Parse(task.Detail);
        }

        return json;
    }

    private static JsonObject? Error(TaskRow task) => task.StateValue switch
    {
        TaskState.Failed => RunWire.Status(RunStates.FailedCode, task.Error ?? "the task failed"),
        TaskState.Canceled => RunWire.Status(RunStates.CancelledCode, task.Error ?? "the run was terminated"),
        _ => null,
    };
}
