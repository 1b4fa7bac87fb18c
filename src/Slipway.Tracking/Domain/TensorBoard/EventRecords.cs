using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Slipway.Tracking.Domain.TensorBoard;

internal enum RecordState
{
    /// <summary>A record was taken off the buffer.</summary>
    Whole,

    /// <summary>The buffer ends inside a record: more bytes, or a file that is still written.</summary>
    Partial,

    /// <summary>A checksum does not fit: what follows cannot be told apart.</summary>
    Corrupt,
}

/// <summary>
/// The framing of event files: length (8 bytes, little-endian), checksum of the length, data, checksum of the data. The checksum is CRC-32C,
/// rotated and shifted by a constant so that checksums of data that holds checksums stay useful.
/// See https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details.
/// </summary>
internal static class EventRecords
{
    private const int HeaderBytes = 12;
    private const int FooterBytes = 4;
    private const uint MaskDelta = 0xA282EAD8;

    /// <param name="buffer">Loses the record when one is whole.</param>
    /// <param name="longest">A record that claims more bytes is taken for damage.</param>
    /// <param name="data">The record's bytes, in <paramref name="buffer"/>'s memory.</param>
    public static RecordState Take(ref ReadOnlySequence<byte> buffer, int longest, out ReadOnlySequence<byte> data)
    {
        data = default;
        if (buffer.Length < HeaderBytes)
        {
            return RecordState.Partial;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(header);
        if (Masked(header[..8]) != BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) || length > (ulong)longest)
        {
            return RecordState.Corrupt;
        }

        if (buffer.Length < HeaderBytes + (long)length + FooterBytes)
        {
            return RecordState.Partial;
        }

        data = buffer.Slice(HeaderBytes, (long)length);
        Span<byte> footer = stackalloc byte[FooterBytes];
        buffer.Slice(HeaderBytes + (long)length, FooterBytes).CopyTo(footer);
        if (Masked(data) != BinaryPrimitives.ReadUInt32LittleEndian(footer))
        {
            return RecordState.Corrupt;
        }

        buffer = buffer.Slice(HeaderBytes + (long)length + FooterBytes);
        return RecordState.Whole;
    }

    public static uint Masked(ReadOnlySpan<byte> data) => Mask(~Crc(uint.MaxValue, data));

    private static uint Masked(ReadOnlySequence<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var part in data)
        {
            crc = Crc(crc, part.Span);
        }

        return Mask(~crc);
    }

    private static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= 8; data = data[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
