using Slipway.Contracts.Data.Ports;

namespace Slipway.Data.Domain;

/// <summary>What kind of column a type of the analytics engine is. What has no kind of its own is read as text.</summary>
internal static class ColumnKinds
{
    public static ColumnKind Of(string databaseType)
    {
        var name = databaseType.Split('(')[0];
        return name switch
        {
            "BOOLEAN" => ColumnKind.Boolean,
            "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT"
                or "FLOAT" or "DOUBLE" or "DECIMAL" => ColumnKind.Numeric,
            "DATE" or "TIMESTAMP" or "TIMESTAMP_S" or "TIMESTAMP_MS" or "TIMESTAMP_NS" or "TIMESTAMP WITH TIME ZONE" => ColumnKind.Time,
            _ => ColumnKind.Text,
        };
    }

    /// <summary>Types whose values may be NaN or infinite.</summary>
    public static bool IsFloating(string databaseType) => databaseType is "FLOAT" or "DOUBLE";
}
