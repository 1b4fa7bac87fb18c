using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>The language's rules over live tasks.</summary>
internal static class TaskSemantics
{
    public static Result<TaskValues> Resolve(LiveTask task, RunContext context, string success)
    {
        var graph = task.Parent!;
        var scope = new GraphScope(graph.Inputs!, name => OutputsOf(graph, name), name => FinalStatusOf(graph, name, context, success));
        return InputResolver.Resolve(task.Plan!.Spec, task.Component, scope, context.FactsOf(task.Plan.Name, task.Id));
    }

    /// <summary>
    /// Names that the platform document takes from parameters. They are said as the task's own inputs are, in terms of the graph around it: an input of the
    /// graph, or an output of a sibling. One that cannot be found is left out.
    /// </summary>
    public static IReadOnlyDictionary<TaskParameter, string> PlatformNames(LiveTask task, PlatformExecutor platform, RunContext context)
    {
        var wanted = platform.SecretsAsEnv.Concat(platform.ConfigMapsAsEnv).Select(k => k.Name)
            .Concat(platform.SecretsAsVolume.Concat(platform.ConfigMapsAsVolume).Concat(platform.VolumeMounts).Select(m => m.Name));
        var graph = task.Parent!;
        var scope = new GraphScope(graph.Inputs!, name => OutputsOf(graph, name), _ => null);
        var names = new Dictionary<TaskParameter, string>();
        foreach (var parameter in wanted)
        {
            var spec = task.Plan!.Spec with { Parameters = new Dictionary<string, TaskParameter> { ["name"] = parameter }, Artifacts = new Dictionary<string, ArtifactSource>() };
            if (InputResolver.Resolve(spec, new ComponentSpec(), scope, context.FactsOf(task.Plan.Name, task.Id)).TryGet(out var found, out _)
                && found.Parameters.GetValueOrDefault("name") is JsonValue value && value.TryGetValue<string>(out var name))
            {
                names[parameter] = name;
            }
        }

        return names;
    }

    /// <summary>Null when the task gave nothing.</summary>
    public static TaskValues? OutputsOf(LiveTask graph, string name) => Of(graph, name) is { State: TaskState.Succeeded, Outputs: { } outputs } ? outputs : null;

    /// <summary>Null for what is not cached.</summary>
    /// <param name="image">The digest of its image, when it is known.</param>
    public static string? Fingerprint(PipelineSpec spec, LiveTask task, string? image)
    {
        var executor = task.Component.ExecutorLabel is { } label ? spec.Platform?.Executors.GetValueOrDefault(label) : null;
        var volumes = executor?.VolumeMounts.Select(m => $"{(m.Name.Source as ParameterSource.Constant)?.Value?.ToJsonString()}{m.MountPath}") ?? [];
        return CacheKey.Of(spec, task.Plan!.Spec, task.Inputs!, image, volumes) is { } key ? $"{spec.Info.Name}/{key}" : null;
    }

    private static JsonObject? FinalStatusOf(LiveTask graph, string name, RunContext context, string success)
    {
        var task = Of(graph, name);
        return task.State switch
        {
            TaskState.Succeeded or TaskState.Skipped => FinalStatus.Of(success, name, context.ResourceName, null),
            TaskState.Failed => FinalStatus.Of(FinalStatus.Failed, name, context.ResourceName, task.Error),
            TaskState.Canceled => FinalStatus.Of(FinalStatus.Cancelled, name, context.ResourceName, task.Error),
            _ => null,
        };
    }

    private static LiveTask Of(LiveTask graph, string name) => graph.Children[graph.Graph!.Index[name]];
}
