using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Data.Ports;

public enum ColumnKind
{
    Numeric,
    Text,
    Boolean,
    Time,
}

/// <param name="DatabaseType">The type that the analytics engine inferred, such as DOUBLE or VARCHAR.</param>
public sealed record ColumnSchema(string Name, ColumnKind Kind, string DatabaseType);

/// <summary>An immutable version of a dataset: named by the SHA-256 of its bytes, numbered from 1 within its dataset.</summary>
public sealed record DatasetVersion(
    string Namespace, string Name, int Number, string Digest, string Format, long Bytes, long Rows, IReadOnlyList<ColumnSchema> Columns, DateTimeOffset Created)
{
    /// <summary>Where it came from, for lineage: <c>file:housing.csv</c>, <c>pipeline-run:01h...</c>.</summary>
    public string Source { get; init; } = "";

    /// <summary><c>housing:3</c>.</summary>
    public string Display => $"{Name}:{Number}";
}

/// <summary>Which part of a dataset version to read. Rows come in file order; a time range keeps rows with From &lt;= time &lt; Until.</summary>
public sealed record DatasetQuery
{
    /// <summary>Null is all columns.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    public string? TimeColumn { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Until { get; init; }
}

/// <summary>Versions of datasets: content-addressed bytes with an inferred schema.</summary>
public interface IDatasets
{
    /// <summary>Streams the bytes in. The same content under the same name is the same version: nothing new is made.</summary>
    /// <param name="format"><c>csv</c> or <c>parquet</c>.</param>
    Task<Result<DatasetVersion>> AddVersionAsync(string ns, string name, string format, string source, Stream content, CancellationToken cancellation);

    /// <summary>Writes a frame as CSV (times ISO 8601 UTC, numbers in shortest round-trip form, missing as empty) and adds it.</summary>
    Task<Result<DatasetVersion>> AddFrameAsync(string ns, string name, string source, Frame frame, CancellationToken cancellation);

    /// <param name="version">A digest, a number, or <c>latest</c>.</param>
    Task<Result<DatasetVersion>> GetVersionAsync(string ns, string name, string version, CancellationToken cancellation);

    Task<Result<Frame>> ReadAsync(DatasetVersion version, DatasetQuery query, CancellationToken cancellation);
}
