using System.Runtime.CompilerServices;

namespace Slipway.Engines.Onnx;

/// <summary>One tensor for a run: a name, an element type, a shape, and memory that is read in place, never copied (except strings).</summary>
public readonly struct OnnxInput
{
    private OnnxInput(string name, OnnxType type, ReadOnlyMemory<long> shape, Array data, int offset, int length, bool pinned)
    {
        (Name, Type, Shape) = (name, type, shape);
        (Data, Offset, Length, IsPinned) = (data, offset, length, pinned);
    }

    public string Name { get; }

    public OnnxType Type { get; }

    public ReadOnlyMemory<long> Shape { get; }

    /// <summary>Values, or texts (string[]), or byte strings (ReadOnlyMemory&lt;byte&gt;[]).</summary>
    internal Array Data { get; }

    /// <summary>Where the values start in <see cref="Data"/>, in bytes; for texts, in elements.</summary>
    internal int Offset { get; }

    /// <summary>Bytes of values; for texts, their number.</summary>
    internal int Length { get; }

    internal bool IsPinned { get; }

    /// <summary>Numbers or booleans from an array; it is pinned during the run.</summary>
    public static OnnxInput From<T>(string name, T[] values, ReadOnlyMemory<long> shape) where T : unmanaged =>
        new(name, OnnxTypes.Of<T>(), shape, values, 0, checked(values.Length * Unsafe.SizeOf<T>()), pinned: false);

    /// <summary>The first <paramref name="length"/> bytes of a buffer, little-endian and row by row: the fastest way in.</summary>
    public static OnnxInput From(string name, OnnxType type, OnnxBuffer buffer, int length, ReadOnlyMemory<long> shape)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, buffer.Length);
        ArgumentOutOfRangeException.ThrowIfEqual((int)type, (int)OnnxType.BYTES, nameof(type));
        return new OnnxInput(name, type, shape, buffer.Array, 0, length, pinned: true);
    }

    /// <summary>Raw little-endian values inside a larger array, such as a request body; pinned during the run.</summary>
    public static OnnxInput From(string name, OnnxType type, ArraySegment<byte> values, ReadOnlyMemory<long> shape)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)type, (int)OnnxType.BYTES, nameof(type));
        return new OnnxInput(name, type, shape, values.Array ?? [], values.Offset, values.Count, pinned: false);
    }

    /// <summary>A BYTES tensor of texts, sent as UTF-8.</summary>
    public static OnnxInput Strings(string name, string[] values, ReadOnlyMemory<long> shape) =>
        new(name, OnnxType.BYTES, shape, values, 0, values.Length, pinned: false);

    /// <summary>A BYTES tensor of byte strings as they are.</summary>
    public static OnnxInput Strings(string name, ReadOnlyMemory<byte>[] values, ReadOnlyMemory<long> shape) =>
        new(name, OnnxType.BYTES, shape, values, 0, values.Length, pinned: false);
}
