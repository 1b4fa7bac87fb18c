namespace Slipway.Tracking.Stores;

/// <summary>An experiment as stored; times in microseconds.</summary>
/// <param name="Number">Our own, by which its parts refer to it. Clients know <paramref name="Id"/>.</param>
internal sealed record ExperimentRow(long Number, string Namespace, string Id, string Name, string Lifecycle, string ArtifactLocation, long Created, long Updated)
{
    public bool IsActive => Lifecycle == Stores.Lifecycle.Active;

    public string ArtifactUriOf(string runId) => Location.Of(ArtifactLocation, $"{runId}/artifacts");

    public string ModelUriOf(string modelId) => Location.Of(ArtifactLocation, $"models/{modelId}/artifacts");
}

/// <summary>A run with what it has of its experiment; times in microseconds.</summary>
/// <param name="Status">As MLflow writes it: RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.</param>
internal sealed record RunRow(
    long Number, string Namespace, string Id, long Experiment, string ExperimentId, string ExperimentName, string ArtifactLocation, string Name, string Status,
    string Lifecycle, string UserName, long Started, long? Finished)
{
    public bool IsActive => Lifecycle == Stores.Lifecycle.Active;

    public string ArtifactUri => Location.Of(ArtifactLocation, $"{Id}/artifacts");
}

/// <summary>One point of a metric. NaN is value 0 with the flag, because SQLite cannot keep it.</summary>
/// <param name="Time">Microseconds.</param>
internal readonly record struct PointRow(string Key, long Time, long Step, double Value, bool IsNan)
{
    public double Shown => IsNan ? double.NaN : Value;

    public static PointRow Of(string key, double value, long step, long time) => new(key, time, step, double.IsNaN(value) ? 0 : value, double.IsNaN(value));

    /// <summary>The greater one is a metric's current point.</summary>
    public bool IsGreaterThan(PointRow other) => (Step, Time, Value).CompareTo((other.Step, other.Time, other.Value)) > 0;
}

internal sealed record DatasetRow(long Number, string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile);

internal static class Lifecycle
{
    public const string Active = "active";
    public const string Deleted = "deleted";
}

internal static class Location
{
    /// <summary>A path below a URI that may have a query: it goes before the query.</summary>
    public static string Of(string root, string path)
    {
        var query = root.IndexOf('?', StringComparison.Ordinal);
        var (place, rest) = query < 0 ? (root, "") : (root[..query], root[query..]);
        return $"{place.TrimEnd('/')}/{path}{rest}";
    }
}
