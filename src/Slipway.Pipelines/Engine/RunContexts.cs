using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Engine;

/// <summary>A run's row as tasks see it.</summary>
internal static class RunContexts
{
    public static RunContext Of(RunRow row, PipelineSpec spec, PipelinesOptions options) =>
        new(row.Id, row.Namespace, row.DisplayName.Length > 0 ? row.DisplayName : row.Pipeline, spec.Info.Name,
            row.PipelineRoot ?? spec.DefaultPipelineRoot ?? options.PipelineRoot, Micros.ToTime(row.Created), Micros.ToTime(row.Scheduled ?? row.Created))
        {
            Workspace = spec.Platform?.Pipeline.Workspace is null ? null : options.WorkspaceOf(row.Id),
            Labels = ((JsonObject)JsonNode.Parse(row.Labels)!).ToDictionary(p => p.Key, p => (string?)p.Value ?? ""),
        };

    /// <summary>The parameters as they were bound at submission.</summary>
    public static TaskValues InputsOf(RunRow row) =>
        TaskValues.Of(((JsonObject)JsonNode.Parse(row.Parameters)!).ToDictionary(p => p.Key, p => p.Value?.DeepClone()));
}

/// <summary>The list of states that a run has been in.</summary>
internal static class StateHistories
{
    /// <param name="now">Microseconds since the Unix epoch.</param>
    public static string Add(string history, string state, long now, string? error)
    {
        var list = (JsonArray)JsonNode.Parse(history)!;
        var entry = new JsonObject { ["state"] = state, ["time"] = now };
        if (error is not null)
        {
            entry["error"] = error;
        }

        list.Add((JsonNode)entry);
        return list.ToJsonString();
    }
}
