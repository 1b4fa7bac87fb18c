using System.Runtime.InteropServices;
using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Tensors;

/// <summary>
/// What a model answered: named tensors, row by row, little-endian, alive until disposed. Every runtime answers in this form, so that no protocol
/// knows which runtime it was.
/// </summary>
internal abstract class TensorSet : IDisposable
{
    public abstract int Count { get; }

    /// <summary>Name, type and declared sizes of output <paramref name="index"/>.</summary>
    public abstract OnnxTensorSpec Spec(int index);

    public abstract ReadOnlySpan<long> Shape(int index);

    /// <summary>The elements of any type but BYTES.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int index);

    /// <summary>The elements of a BYTES output one after another, and where each ends.</summary>
    public abstract (byte[] Bytes, int[] Ends) Utf8(int index);

    /// <summary>Class labels in the order of the output's columns; empty when it has none.</summary>
    public virtual IReadOnlyList<string> Classes(int index) => [];

    public abstract void Dispose();

    public ReadOnlySpan<T> Values<T>(int index)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes(index));

    /// <summary>The element of a BYTES output.</summary>
    public ReadOnlySpan<byte> Text(int index, int element)
    {
        var (bytes, ends) = Utf8(index);
        var start = element == 0 ? 0 : ends[element - 1];
        return bytes.AsSpan(start, ends[element] - start);
    }

    public string TextAt(int index, int element) => Encoding.UTF8.GetString(Text(index, element));

    /// <summary>The product of the sizes.</summary>
    public int Elements(int index)
    {
        var elements = 1;
        foreach (var size in Shape(index))
        {
            elements *= (int)size;
        }

        return elements;
    }

    /// <summary>Bytes that the output takes in a binary block: a BYTES element has its length before it.</summary>
    public int BinarySize(int index)
    {
        if (Spec(index).Type != OnnxType.BYTES)
        {
            return Bytes(index).Length;
        }

        var (bytes, ends) = Utf8(index);
        return checked(bytes.Length + (ends.Length * sizeof(uint)));
    }
}
