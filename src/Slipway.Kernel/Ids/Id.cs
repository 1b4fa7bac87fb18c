using System.Security.Cryptography;

namespace Slipway.Kernel.Ids;

/// <summary>
/// Ids that sort by the time they were made: 48 bits of milliseconds and 80 random bits, 26 characters of Crockford base 32
/// (the layout of ULID), so that an index on them grows at one end and keyset paging needs no second column.
/// </summary>
public static class Id
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Random bytes drawn ahead per thread: one call of the system's generator costs about as much for 10 bytes as for a thousand.</summary>
    private const int DrawnAhead = 1000;

    [ThreadStatic]
    private static byte[]? _drawn;

    [ThreadStatic]
    private static int _left;

    public static string New(TimeProvider time)
    {
        _drawn ??= new byte[DrawnAhead];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(_drawn);
            _left = DrawnAhead;
        }

        _left -= 10;
        return New(time.GetUtcNow().ToUnixTimeMilliseconds(), _drawn.AsSpan(_left, 10));
    }

    /// <param name="milliseconds">Since the Unix epoch; 48 bits are kept.</param>
    /// <param name="random">Exactly 10 bytes.</param>
    public static string New(long milliseconds, ReadOnlySpan<byte> random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(random.Length, 10);
        UInt128 bits = (UInt128)(ulong)(milliseconds & 0xFFFF_FFFF_FFFF) << 80;
        for (var i = 0; i < 10; i++)
        {
            bits |= (UInt128)random[i] << ((9 - i) * 8);
        }

        return string.Create(26, bits, static (span, value) =>
        {
            for (var i = span.Length - 1; i >= 0; i--)
            {
                span[i] = Alphabet[(int)(value & 31)];
                value >>= 5;
            }
        });
    }
}
