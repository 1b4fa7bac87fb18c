using System.Text;
using Slipway.Kernel.Frames;

namespace Slipway.Engines.DuckDb;

/// <summary>A parameter of a statement: null, a number, a truth value, a text or an instant (bound as TIMESTAMP in UTC).</summary>
public readonly struct DuckDbValue
{
    private readonly object? _value;

    private DuckDbValue(object? value) => _value = value;

    public static DuckDbValue Null => default;

    public static implicit operator DuckDbValue(bool value) => new(value);

    public static implicit operator DuckDbValue(long value) => new(value);

    public static implicit operator DuckDbValue(double value) => new(value);

    public static implicit operator DuckDbValue(string? value) => new(value);

    public static implicit operator DuckDbValue(DateTimeOffset value) => new(value);

    internal unsafe int BindTo(DuckDbStatementHandle statement, ulong index)
    {
        switch (_value)
        {
            case bool truth:
                return DuckDbNative.duckdb_bind_boolean(statement, index, truth ? (byte)1 : (byte)0);
            case long number:
                return DuckDbNative.duckdb_bind_int64(statement, index, number);
            case double number:
                return DuckDbNative.duckdb_bind_double(statement, index, number);
            case DateTimeOffset time:
                return DuckDbNative.duckdb_bind_timestamp(statement, index, TimeColumn.ToMicros(time));
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                fixed (byte* start = bytes)
                {
                    byte none;
                    return DuckDbNative.duckdb_bind_varchar_length(statement, index, start is null ? &none : start, (ulong)bytes.Length);
                }

            default:
                return DuckDbNative.duckdb_bind_null(statement, index);
        }
    }
}
