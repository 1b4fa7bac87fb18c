using System.Numerics;
using Slipway.Kernel.Frames;

namespace Slipway.Engines.DuckDb;

/// <summary>Numbers of every width as doubles, divided by <paramref name="divisor"/> (a decimal's scale); booleans as 0 and 1.</summary>
internal sealed unsafe class DuckDbNumberReader(string name, DuckDbType type, double divisor) : DuckDbColumnReader(name)
{
    private readonly List<double> _values = [];

    public static bool Reads(DuckDbType type) => type is DuckDbType.BOOLEAN or DuckDbType.TINYINT or DuckDbType.SMALLINT or DuckDbType.INTEGER
        or DuckDbType.BIGINT or DuckDbType.UTINYINT or DuckDbType.USMALLINT or DuckDbType.UINTEGER or DuckDbType.UBIGINT or DuckDbType.FLOAT
        or DuckDbType.DOUBLE or DuckDbType.HUGEINT or DuckDbType.UHUGEINT or DuckDbType.SQLNULL;

    public override void Append(void* data, ulong* validity, int rows)
    {
        switch (type)
        {
            case DuckDbType.BOOLEAN or DuckDbType.UTINYINT:
                Copy<byte>(data, validity, rows);
                break;
            case DuckDbType.TINYINT:
                Copy<sbyte>(data, validity, rows);
                break;
            case DuckDbType.SMALLINT:
                Copy<short>(data, validity, rows);
                break;
            case DuckDbType.USMALLINT:
                Copy<ushort>(data, validity, rows);
                break;
            case DuckDbType.INTEGER:
                Copy<int>(data, validity, rows);
                break;
            case DuckDbType.UINTEGER:
                Copy<uint>(data, validity, rows);
                break;
            case DuckDbType.BIGINT:
                Copy<long>(data, validity, rows);
                break;
            case DuckDbType.UBIGINT:
                Copy<ulong>(data, validity, rows);
                break;
            case DuckDbType.FLOAT:
                Copy<float>(data, validity, rows);
                break;
            case DuckDbType.DOUBLE:
                Copy<double>(data, validity, rows);
                break;
            case DuckDbType.HUGEINT:
                Copy<Int128>(data, validity, rows);
                break;
            case DuckDbType.UHUGEINT:
                Copy<UInt128>(data, validity, rows);
                break;
            default:
                _values.AddRange(Enumerable.Repeat(double.NaN, rows));
                break;
        }
    }

    public override Column Build() => new NumericColumn(Name, [.. _values]);

    private void Copy<T>(void* data, ulong* validity, int rows) where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < rows; i++)
        {
            _values.Add(IsValid(validity, i) ? double.CreateTruncating(((T*)data)[i]) / divisor : double.NaN);
        }
    }
}
