using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>A sequence of tensors as two tensors: the elements of all one after another, and their shapes.</summary>
internal static unsafe class OnnxSequence
{
    /// <summary>Stands in a row of shapes behind the last size of an element of smaller rank.</summary>
    public const long NoSize = -1;

    /// <summary>
    /// The shape of each element. Without <paramref name="shapes"/>, the first dimension of <paramref name="elements"/> counts them and the others are the shape of each.
    /// </summary>
    public static Result<long[][]> ShapesOf(in OnnxInput elements, in OnnxInput? shapes)
    {
        var whole = elements.Shape.Span;
        if (shapes is not { } told)
        {
            return whole.Length == 0
                ? Fault(elements.Name, $"has no dimensions; the first one counts the elements of the sequence, or {elements.Name}.shapes tells their shapes")
                : Enumerable.Repeat(whole[1..].ToArray(), checked((int)whole[0])).ToArray();
        }

        var (rows, rank) = ((int)told.Shape.Span[0], (int)told.Shape.Span[1]);
        var sizes = Longs(told);
        var (all, total) = (new long[rows][], 0L);
        for (var row = 0; row < rows; row++)
        {
            var shape = sizes.AsSpan(row * rank, rank);
            var end = shape.IndexOf(NoSize);
            shape = end < 0 ? shape : shape[..end];
            var count = 1L;
            foreach (var size in shape)
            {
                if (size < 0 || (size != 0 && count > int.MaxValue / size))
                {
                    return Fault(told.Name, $"row {row} is not a shape: sizes are 0 or more, with -1 behind the last of a smaller rank");
                }

                count *= size;
            }

            (all[row], total) = (shape.ToArray(), total + count);
        }

        var given = whole.ToArray().Aggregate(1L, (product, size) => product * size);
        return total == given
            ? all
            : Fault(told.Name, string.Create(CultureInfo.InvariantCulture, $"the shapes mean {total} elements in all, but {elements.Name} has {given}"));
    }

    /// <summary>Copies a sequence out of the runtime: all its elements in one tensor, and the tensor of their shapes.</summary>
    public static (OnnxOutputs.Item Values, OnnxOutputs.Item Shapes) Read(OnnxEnvironment environment, nint sequence, OnnxType element)
    {
        var api = environment.Api;
        nuint count = 0;
        if (sequence != 0)
        {
            OrtStatus.Must(api, api.GetValueCount(sequence, &count));
        }

        var parts = new OnnxOutputs.Item[count];
        for (var i = 0; i < parts.Length; i++)
        {
            nint member;
            OrtStatus.Must(api, api.GetValue(sequence, i, environment.Allocator, &member));
            parts[i] = Copy(environment, member, element);
            api.ReleaseValue(member);
        }

        var values = default(OnnxOutputs.Item);
        foreach (var part in parts)
        {
            values.Elements = checked(values.Elements + part.Elements);
        }

        values.Dims = [values.Elements];
        if (element == OnnxType.BYTES)
        {
            values.OwnTexts = Join(parts);
        }
        else
        {
            var (own, at) = (new byte[checked(values.Elements * element.Size())], 0);
            foreach (var part in parts)
            {
                part.Own!.CopyTo(own, at);
                at += part.Own!.Length;
            }

            values.Own = own;
        }

        return (values, Shapes(parts));
    }

    /// <summary>Copies a tensor out of the runtime.</summary>
    public static OnnxOutputs.Item Copy(OnnxEnvironment environment, nint tensor, OnnxType type)
    {
        var item = default(OnnxOutputs.Item);
        OnnxOutputs.ReadShape(environment.Api, tensor, ref item);
        if (type == OnnxType.BYTES)
        {
            item.OwnTexts = OnnxOutputs.StringsOf(environment.Api, tensor, item.Elements);
        }
        else
        {
            item.Own = item.Elements == 0
                ? []
                : new ReadOnlySpan<byte>((void*)OnnxOutputs.DataOf(environment.Api, tensor), checked(item.Elements * type.Size())).ToArray();
        }

        return item;
    }

    private static OnnxOutputs.Item Shapes(OnnxOutputs.Item[] parts)
    {
        var rank = parts.Length == 0 ? 0 : parts.Max(p => p.Dims.Length);
        var sizes = new long[parts.Length * rank];
        sizes.AsSpan().Fill(NoSize);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i].Dims.CopyTo(sizes, i * rank);
        }

        return new OnnxOutputs.Item { Dims = [parts.Length, rank], Elements = sizes.Length, Own = MemoryMarshal.AsBytes<long>(sizes).ToArray() };
    }

    private static (byte[] Bytes, int[] Ends) Join(OnnxOutputs.Item[] parts)
    {
        var (bytes, ends) = (new List<byte>(), new List<int>());
        foreach (var part in parts)
        {
            var (own, last) = part.OwnTexts!.Value;
            ends.AddRange(last.Select(end => bytes.Count + end).ToArray());
            bytes.AddRange(own);
        }

        return ([.. bytes], [.. ends]);
    }

    private static long[] Longs(in OnnxInput input)
    {
        var sizes = new long[input.Length / sizeof(long)];
        Buffer.BlockCopy(input.Data, input.Offset, sizes, 0, input.Length);
        return sizes;
    }

    private static Problem Fault(string name, string message) => Problem.Invalid([new Fault(name, message)]);
}
