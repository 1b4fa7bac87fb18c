using Slipway.Contracts.Data.Ports;

namespace Slipway.Data.Tables;

/// <summary>A file on this machine that holds one table.</summary>
/// <param name="Format"><c>csv</c> or <c>parquet</c>.</param>
internal sealed record FileTable(string Path, string Format, IReadOnlyList<ColumnSchema> Columns)
{
    public const string Csv = "csv";
    public const string Parquet = "parquet";
}
