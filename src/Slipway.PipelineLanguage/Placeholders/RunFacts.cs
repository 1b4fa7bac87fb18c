using System.Globalization;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>What placeholders can say about the run and the task.</summary>
/// <param name="JobName">The run's display name.</param>
/// <param name="JobResourceName">The run's unique name.</param>
/// <param name="JobId">The run's id.</param>
/// <param name="TaskName">The task's name.</param>
/// <param name="TaskId">The task execution's id.</param>
public sealed record RunFacts(string JobName, string JobResourceName, string JobId, string TaskName, string TaskId)
{
    public string PipelineRoot { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    /// <summary>The instant that a schedule started the run for; the creation when nobody scheduled it.</summary>
    public DateTimeOffset? Scheduled { get; init; }

    public string? WorkspacePath { get; init; }

    /// <summary>The text of a placeholder about run or task; null for others, and for those that only one cloud knows.</summary>
    internal string? Resolve(Placeholder placeholder) => placeholder.Path is [var name] ? name switch
    {
        "pipeline_job_name" => JobName,
        "pipeline_job_resource_name" => JobResourceName,
        "pipeline_job_uuid" => JobId,
        "pipeline_task_name" => TaskName,
        "pipeline_task_uuid" => TaskId,
        "pipeline_root" => PipelineRoot,
        "pipeline_job_create_time_utc" => Rfc3339(Created),
        "pipeline_job_schedule_time_utc" => Rfc3339(Scheduled ?? Created),
        "workspace_path" => WorkspacePath,
        _ => null,
    } : null;

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
