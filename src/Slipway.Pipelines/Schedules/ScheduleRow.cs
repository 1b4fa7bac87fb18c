using Slipway.Kernel.Problems;
using Slipway.Pipelines.Schedules.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Schedules;

/// <summary>A recurring run as it stands in the table. Times are microseconds since the Unix epoch.</summary>
internal sealed record ScheduleRow(string Id, string Namespace, string ExperimentId, string DisplayName)
{
    public string Description { get; init; } = "";

    public string? PipelineId { get; init; }

    public string? PipelineVersionId { get; init; }

    /// <summary>The pipeline as JSON, when it does not come from the catalog.</summary>
    public string? Spec { get; init; }

    public string RuntimeConfig { get; init; } = "{}";

    public string ServiceAccount { get; init; } = "";

    /// <summary>Either this or <see cref="IntervalSeconds"/>.</summary>
    public string? Cron { get; init; }

    public long? IntervalSeconds { get; init; }

    public long? Starts { get; init; }

    public long? Ends { get; init; }

    public long MaxConcurrency { get; init; }

    public bool NoCatchup { get; init; }

    public bool Enabled { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    /// <summary>Firings are due after this instant.</summary>
    public long FiredUntil { get; init; }

    /// <summary>How often it has fired.</summary>
    public long Firings { get; init; }

    public long? NextDue { get; init; }

    public string? LastRunId { get; init; }

    /// <summary>Why the last firing made no run; null when it did.</summary>
    public string? Problem { get; init; }

    public Result<ScheduleRule> Rule(TimeZoneInfo zone) => Cron is { } cron
        ? ScheduleRule.FromCron(cron, Time(Starts), Time(Ends), zone)
        : ScheduleRule.FromInterval(IntervalSeconds ?? 0, Time(Starts), Time(Ends));

    private static DateTimeOffset? Time(long? micros) => micros is { } m ? Micros.ToTime(m) : null;
}
