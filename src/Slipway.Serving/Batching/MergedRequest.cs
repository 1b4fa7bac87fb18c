using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Puts the rows of several requests of one kind one below the other. Nothing is padded.</summary>
internal static class MergedRequest
{
    public static InferenceRequest Of(IReadOnlyList<OnnxTensorSpec> declared, ReadOnlySpan<Waiting> members)
    {
        var rows = 0L;
        foreach (var member in members)
        {
            rows += member.Rows;
        }

        var merged = new InferenceRequest();
        for (var i = 0; i < declared.Count; i++)
        {
            var spec = declared[i];
            var first = BatchFit.Find(members[0].Request, spec.Name, i)!;
            long[] shape = [rows, .. first.Shape.AsSpan(1)];
            var elements = 0;
            foreach (var member in members)
            {
                elements = checked(elements + BatchFit.Find(member.Request, spec.Name, i)!.Elements);
            }

            merged.Inputs.Add(spec.Type == OnnxType.BYTES
                ? new InputTensor(spec.Name, spec.Type, shape, null, Texts(spec.Name, i, members, elements), elements)
                : new InputTensor(spec.Name, spec.Type, shape, Numbers(spec, i, members, elements), null, elements));
        }

        return merged;
    }

    private static OnnxBuffer Numbers(OnnxTensorSpec spec, int likely, ReadOnlySpan<Waiting> members, int elements)
    {
        var size = spec.Type.Size();
        var buffer = OnnxBuffer.Rent(checked(elements * size));
        var to = buffer.As<byte>();
        foreach (var member in members)
        {
            var input = BatchFit.Find(member.Request, spec.Name, likely)!;
            var bytes = input.Numbers!.As<byte>()[..(input.Elements * size)];
            bytes.CopyTo(to);
            to = to[bytes.Length..];
        }

        return buffer;
    }

    /// <summary>The texts themselves are shared: nothing pools them, so they outlive a caller who leaves.</summary>
    private static ReadOnlyMemory<byte>[] Texts(string name, int likely, ReadOnlySpan<Waiting> members, int elements)
    {
        var (texts, at) = (new ReadOnlyMemory<byte>[elements], 0);
        foreach (var member in members)
        {
            var input = BatchFit.Find(member.Request, name, likely)!;
            input.Texts!.CopyTo(texts, at);
            at += input.Elements;
        }

        return texts;
    }
}
