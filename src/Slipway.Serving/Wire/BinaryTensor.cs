using System.Buffers.Binary;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Wire;

/// <summary>Binary blocks of the extension binary_tensor_data: little-endian, row by row; a BYTES element has its length (uint32) before it.</summary>
internal static class BinaryTensor
{
    /// <summary>The block's elements; Invalid when it does not hold exactly <paramref name="elements"/> of them.</summary>
    /// <param name="place">Where it stands in the request, for messages.</param>
    public static Result<TensorData> Read(ReadOnlySpan<byte> block, OnnxType type, long elements, string place)
    {
        if (type == OnnxType.BYTES)
        {
            return ReadTexts(block, elements, place);
        }

        if (elements < 0 || block.Length != elements * type.Size())
        {
            return Problem.Invalid(
                $"{place}: its shape and datatype {type.WireName()} mean {(elements < 0 ? "too many" : elements * type.Size())} bytes, the block has {block.Length}");
        }

        var buffer = OnnxBuffer.Rent(block.Length);
        var values = buffer.As<byte>();
        block.CopyTo(values);
        if (type == OnnxType.BOOL)
        {
            // The runtime counts on 0 and 1; other bytes mean true, as in C.
            foreach (ref var value in values)
            {
                value = value == 0 ? (byte)0 : (byte)1;
            }
        }

        return new TensorData(buffer, null, (int)elements);
    }

    private static Result<TensorData> ReadTexts(ReadOnlySpan<byte> block, long elements, string place)
    {
        using var texts = new TextGatherer((int)Math.Clamp(elements, 1, (block.Length / sizeof(uint)) + 1));
        while (!block.IsEmpty)
        {
            if (block.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(block) > block.Length - sizeof(uint))
            {
                return Problem.Invalid($"{place}: element {texts.Count} runs past the end of the block");
            }

            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(block);
            texts.Add(block.Slice(sizeof(uint), length));
            block = block[(sizeof(uint) + length)..];
        }

        return texts.Count == elements
            ? new TensorData(null, texts.Take(), texts.Count)
            : Problem.Invalid($"{place}: its shape means {(elements < 0 ? "too many" : elements)} elements, the block has {texts.Count}");
    }
}
