using System.Text.Json.Serialization;
using Slipway.Contracts.Tracking.Ports;

namespace Slipway.Contracts.Tracking.Wire;

/// <summary>A run in a list.</summary>
/// <param name="Finished">Null while it runs.</param>
public sealed record RunSummary(
    string Namespace, string Id, string Experiment, string Name, RunStatus Status, string User, DateTimeOffset Started, DateTimeOffset? Finished);

/// <param name="Next">Pass as <c>after</c> for the following page; null on the last one.</param>
public sealed record RunPage(IReadOnlyList<RunSummary> Items, string? Next);

/// <param name="Metrics">By key, the current point: the greatest by step, then time, then value.</param>
public sealed record RunDetail(
    RunSummary Run, IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, RunMetric> Metrics, IReadOnlyDictionary<string, string> Tags);

/// <summary>A run with the runs nested in it.</summary>
public sealed record RunNode(RunSummary Run, IReadOnlyList<RunNode> Children);

/// <summary>By key, the value of each run in the order of <paramref name="Runs"/>; null where a run has none.</summary>
public sealed record RunComparison(
    IReadOnlyList<RunSummary> Runs, IReadOnlyDictionary<string, IReadOnlyList<string?>> Parameters, IReadOnlyDictionary<string, IReadOnlyList<double?>> Metrics,
    IReadOnlyDictionary<string, IReadOnlyList<string?>> Tags);

/// <summary>Every point of one metric, by time, then step.</summary>
public sealed record MetricHistory(string RunId, string Key, IReadOnlyList<RunMetric> Points);

/// <summary>What TensorBoard event files among a run's artifacts hold.</summary>
public sealed record EventMetrics(string RunId, IReadOnlyList<EventFileState> Files, IReadOnlyList<EventMetric> Metrics);

/// <param name="Problem">Why the file could not be read to its end; null when it could.</param>
public sealed record EventFileState(string Path, string? Problem);

/// <param name="Key">The tag, with the file's folder before it.</param>
public sealed record EventMetric(string Key, long Points, RunMetric Last);

/// <summary>The one JSON form of tracking's values. Metrics that are not finite are written as "NaN", "Infinity", "-Infinity".</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(RunPage))]
[JsonSerializable(typeof(RunNode))]
[JsonSerializable(typeof(RunComparison))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(MetricHistory))]
[JsonSerializable(typeof(EventMetrics))]
public sealed partial class TrackingJson : JsonSerializerContext;
