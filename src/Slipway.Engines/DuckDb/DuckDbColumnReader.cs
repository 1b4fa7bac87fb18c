using System.Runtime.InteropServices;
using Slipway.Kernel.Frames;

namespace Slipway.Engines.DuckDb;

/// <summary>Collects one column of a result.</summary>
internal abstract unsafe class DuckDbColumnReader(string name)
{
    protected string Name { get; } = name;

    /// <summary>A reader for the logical type, or null when it has no place in a frame.</summary>
    public static DuckDbColumnReader? For(string name, nint logicalType)
    {
        var type = (DuckDbType)DuckDbNative.duckdb_get_type_id(logicalType);
        return type switch
        {
            DuckDbType.DECIMAL => new DuckDbNumberReader(
                name,
                (DuckDbType)DuckDbNative.duckdb_decimal_internal_type(logicalType),
                Math.Pow(10, DuckDbNative.duckdb_decimal_scale(logicalType))),
            DuckDbType.ENUM => new DuckDbTextReader(
                name, (DuckDbType)DuckDbNative.duckdb_enum_internal_type(logicalType), Words(logicalType)),
            DuckDbType.VARCHAR or DuckDbType.UUID or DuckDbType.TIME => new DuckDbTextReader(name, type, null),
            _ when DuckDbTimeReader.Reads(type) => new DuckDbTimeReader(name, type),
            _ when DuckDbNumberReader.Reads(type) => new DuckDbNumberReader(name, type, 1),
            _ => null,
        };
    }

    /// <param name="validity">A bit per row, 1 is valid; null when all are.</param>
    public abstract void Append(void* data, ulong* validity, int rows);

    public abstract Column Build();

    protected static bool IsValid(ulong* validity, int row) => validity is null || (validity[row >> 6] >> (row & 63) & 1) != 0;

    private static string[] Words(nint logicalType)
    {
        var words = new string[DuckDbNative.duckdb_enum_dictionary_size(logicalType)];
        for (var i = 0; i < words.Length; i++)
        {
            var word = DuckDbNative.duckdb_enum_dictionary_value(logicalType, (ulong)i);
            words[i] = Marshal.PtrToStringUTF8(word)!;
            DuckDbNative.duckdb_free((void*)word);
        }

        return words;
    }
}
