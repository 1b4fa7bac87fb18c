namespace Slipway.Engines.DuckDb;

/// <summary>How a database is opened. Extensions are never downloaded.</summary>
public sealed record DuckDbOptions
{
    /// <summary>The database file; null (default) keeps everything in memory.</summary>
    public string? Path { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>Such as "512MB"; null leaves DuckDB's own limit, 80 % of the machine's memory.</summary>
    public string? MemoryLimit { get; init; }

    /// <summary>Worker threads; null takes every core.</summary>
    public int? Threads { get; init; }

    /// <summary>Where to spill what does not fit in memory; null leaves DuckDB's own choice.</summary>
    public string? TempDirectory { get; init; }

    /// <summary>
    /// Null (default): SQL may read and write any file. A list: only files in these folders, and the settings are locked, so that SQL
    /// of users cannot lift the limit. An empty list: no files at all.
    /// </summary>
    public IReadOnlyList<string>? OnlyFolders { get; init; }
}
