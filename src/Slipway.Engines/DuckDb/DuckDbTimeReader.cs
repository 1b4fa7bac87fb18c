using Slipway.Kernel.Frames;

namespace Slipway.Engines.DuckDb;

/// <summary>Dates and timestamps as microseconds since 1970, UTC. DuckDB's infinities have no place there and count as missing.</summary>
internal sealed unsafe class DuckDbTimeReader(string name, DuckDbType type) : DuckDbColumnReader(name)
{
    private const long Missing = long.MinValue;
    private const long MicrosPerDay = 86_400_000_000;

    private readonly List<long> _micros = [];

    public static bool Reads(DuckDbType type) => type is DuckDbType.DATE or DuckDbType.TIMESTAMP or DuckDbType.TIMESTAMP_TZ
        or DuckDbType.TIMESTAMP_S or DuckDbType.TIMESTAMP_MS or DuckDbType.TIMESTAMP_NS;

    public override void Append(void* data, ulong* validity, int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            _micros.Add(IsValid(validity, i) ? At(data, i) : Missing);
        }
    }

    public override Column Build() => new TimeColumn(Name, [.. _micros]);

    private long At(void* data, int row)
    {
        if (type == DuckDbType.DATE)
        {
            var days = ((int*)data)[row];
            return days is int.MaxValue or -int.MaxValue ? Missing : days * MicrosPerDay;
        }

        var value = ((long*)data)[row];
        return value is long.MaxValue or -long.MaxValue
            ? Missing
            : type switch
            {
                DuckDbType.TIMESTAMP_S => value * 1_000_000,
                DuckDbType.TIMESTAMP_MS => value * 1_000,
                DuckDbType.TIMESTAMP_NS => (long)Math.Floor(value / 1000m),
                _ => value,
            };
    }
}
