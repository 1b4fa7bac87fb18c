using System.Text.Json.Serialization;

namespace Slipway.Contracts.Tracking.Wire;

/// <summary>
/// One line of an archive: what a tracking server or a registry holds, in a form that is read and written as a stream (NDJSON). Exactly one
/// member is set. Parents come before children: experiments, then runs each followed by their metrics, then logged models; models before
/// their versions. Times are milliseconds since the Unix epoch.
/// </summary>
public sealed record ArchiveLine
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedExperiment? Experiment { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedRun? Run { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedMetrics? Metrics { get; init; }

    /// <summary>Everything of that run was sent, its files included: an import that is started again passes over it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedRunMark? Done { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedLoggedModel? LoggedModel { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedModel? Model { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ArchivedVersion? Version { get; init; }
}

/// <param name="Lifecycle"><c>active</c> or <c>deleted</c>.</param>
/// <param name="ArtifactLocation">Below which its runs' files go; null lets the server choose.</param>
public sealed record ArchivedExperiment(string Id, string Name, string Lifecycle, long Created, long Updated, string? ArtifactLocation)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <param name="Status"><c>RUNNING</c>, <c>SCHEDULED</c>, <c>FINISHED</c>, <c>FAILED</c> or <c>KILLED</c>.</param>
/// <param name="Ended">Null while it runs.</param>
/// <param name="ArtifactUri">Where its files are.</param>
public sealed record ArchivedRun(string Id, string ExperimentId, string Name, string Status, string Lifecycle, string User, long Started, long? Ended, string ArtifactUri)
{
    /// <summary>How many metric points it has; tells an import that the run has grown.</summary>
    public long Points { get; init; }

    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ArchivedDataset> Datasets { get; init; } = [];

    /// <summary>Ids of logged models that the run read.</summary>
    public IReadOnlyList<string> ModelInputs { get; init; } = [];

    /// <summary>Logged models that the run made.</summary>
    public IReadOnlyList<ArchivedModelOutput> ModelOutputs { get; init; } = [];
}

/// <summary>A dataset that a run read. <paramref name="Tags"/> are the input's, such as <c>mlflow.data.context</c>.</summary>
public sealed record ArchivedDataset(
    string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile, IReadOnlyDictionary<string, string> Tags);

public sealed record ArchivedModelOutput(string ModelId, long Step);

/// <summary>Points of one metric of one run, as three lists of one length. A run's metric may come in several lines.</summary>
public sealed record ArchivedMetrics(string RunId, string Key, IReadOnlyList<long> Times, IReadOnlyList<long> Steps, IReadOnlyList<double> Values);

/// <param name="Mark">Chosen by the importer from what it sent, at most 64 characters; another mark means that the run has changed at its source.</param>
public sealed record ArchivedRunMark(string RunId, string Mark);

/// <param name="Status"><c>PENDING</c>, <c>READY</c> or <c>FAILED</c>.</param>
public sealed record ArchivedLoggedModel(
    string Id, string ExperimentId, string Name, string ArtifactUri, string Status, string Lifecycle, long Created, long Updated)
{
    public string? Type { get; init; }

    public string? SourceRunId { get; init; }

    public string? StatusMessage { get; init; }

    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ArchivedModelMetric> Metrics { get; init; } = [];
}

public sealed record ArchivedModelMetric(string RunId, string Key, double Value, long Time, long Step, string? DatasetName, string? DatasetDigest);

/// <summary>A registered model; a prompt is one, too.</summary>
public sealed record ArchivedModel(string Name, string Description, long Created, long Updated)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Version by alias.</summary>
    public IReadOnlyDictionary<string, int> Aliases { get; init; } = new Dictionary<string, int>();
}

/// <param name="Source">As registered: <c>runs:/...</c>, <c>models:/m-...</c> or an artifact URI.</param>
/// <param name="Status"><c>PENDING_REGISTRATION</c>, <c>FAILED_REGISTRATION</c> or <c>READY</c>.</param>
public sealed record ArchivedVersion(string Name, int Version, string Source, string Status, string Stage, long Created, long Updated)
{
    public string Description { get; init; } = "";

    public string User { get; init; } = "";

    public string? RunId { get; init; }

    public string? RunLink { get; init; }

    public string? StatusMessage { get; init; }

    /// <summary>Where the files are when <see cref="Source"/> is not an address of files.</summary>
    public string? StorageLocation { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>What an import request changed. The same lines again change nothing.</summary>
/// <param name="Lines">Lines read.</param>
/// <param name="Experiments">What they are here, by the id that the archive has: an experiment of the same name is the same experiment.</param>
public sealed record ImportAnswer(long Lines, IReadOnlyDictionary<string, ImportedExperiment> Experiments);

/// <param name="ArtifactLocation">Files of a run go to <c>ID/artifacts</c> below it, those of a logged model to <c>models/ID/artifacts</c>.</param>
public sealed record ImportedExperiment(string Id, string ArtifactLocation);

/// <summary>Asks which of these runs are not yet here as marked.</summary>
public sealed record PendingRuns(IReadOnlyList<ArchivedRunMark> Runs);

public sealed record PendingAnswer(IReadOnlyList<string> Pending);

/// <summary>The one JSON form of archives. Values that are not finite are written as "NaN", "Infinity", "-Infinity".</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ArchiveLine))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(PendingRuns))]
[JsonSerializable(typeof(PendingAnswer))]
public sealed partial class ArchiveJson : JsonSerializerContext;
