using System.Globalization;
using System.Text;
using Slipway.Kernel.Frames;

namespace Slipway.Engines.DuckDb;

/// <summary>Texts; enums by their words (<paramref name="type"/> is then the width of the number that stands for a word).</summary>
internal sealed unsafe class DuckDbTextReader(string name, DuckDbType type, string[]? words) : DuckDbColumnReader(name)
{
    /// <summary>DuckDB keeps texts up to this many bytes inside the 16 bytes of the row, longer ones behind a pointer.</summary>
    private const int Inlined = 12;

    private readonly List<string?> _values = [];

    public override void Append(void* data, ulong* validity, int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            _values.Add(IsValid(validity, i) ? At(data, i) : null);
        }
    }

    public override Column Build() => new TextColumn(Name, [.. _values]);

    private string At(void* data, int row)
    {
        if (words is not null)
        {
            return words[type switch
            {
                DuckDbType.UTINYINT => ((byte*)data)[row],
                DuckDbType.USMALLINT => ((ushort*)data)[row],
                _ => ((uint*)data)[row],
            }];
        }

        return type switch
        {
            DuckDbType.UUID => Uuid(((UInt128*)data)[row]),
            DuckDbType.TIME => TimeSpan.FromMicroseconds(((long*)data)[row]).ToString("c", CultureInfo.InvariantCulture),
            _ => Text((byte*)data + (row * 16L)),
        };
    }

    private static string Text(byte* entry)
    {
        var length = *(int*)entry;
        return Encoding.UTF8.GetString(length <= Inlined ? entry + 4 : *(byte**)(entry + 8), length);
    }

    /// <summary>The top bit is flipped in storage, so that they sort as signed numbers.</summary>
    private static string Uuid(UInt128 stored) =>
        Guid.ParseExact((stored ^ (UInt128.One << 127)).ToString("x32", CultureInfo.InvariantCulture), "N").ToString();
}
