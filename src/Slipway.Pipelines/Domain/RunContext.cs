using Slipway.PipelineLanguage.Placeholders;

namespace Slipway.Pipelines.Domain;

/// <summary>What placeholders and executors may know of the run.</summary>
/// <param name="DisplayName">As people see it: <c>{{$.pipeline_job_name}}</c>.</param>
/// <param name="PipelineRoot">What the run was told as the root of its outputs: <c>{{$.pipeline_root}}</c>.</param>
internal sealed record RunContext(
    string Id, string Namespace, string DisplayName, string PipelineName, string PipelineRoot, DateTimeOffset Created, DateTimeOffset Scheduled)
{
    /// <summary>Unique and readable.</summary>
    public string ResourceName => $"{PipelineName}-{Id}";

    /// <summary>The folder that all tasks of the run share, or null when the pipeline asks for none.</summary>
    public string? Workspace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public RunFacts FactsOf(string taskName, string taskId) => new(DisplayName, ResourceName, Id, taskName, taskId)
    {
        PipelineRoot = PipelineRoot, Created = Created, Scheduled = Scheduled, WorkspacePath = Workspace,
    };
}
