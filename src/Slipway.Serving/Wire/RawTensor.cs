using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>
/// A raw binary request (Inference-Header-Content-Length: 0): the body is the bytes of the model's only input and says nothing else, so its shape
/// is worked out from the model: a free first size is a batch of 1 when another size is free too, and one free size follows from the length.
/// </summary>
internal static class RawTensor
{
    public static Result<InferenceRequest> Read(ReadOnlySpan<byte> body, IReadOnlyList<OnnxTensorSpec> inputs)
    {
        if (inputs.Count != 1)
        {
            return Problem.Invalid($"A raw binary request is for models of one input; this one has {inputs.Count}");
        }

        var spec = inputs[0];
        if (!ShapeOf(spec, body.Length).TryGet(out var shape, out var problem)
            || !Content(body, spec, shape).TryGet(out var data, out problem))
        {
            return problem;
        }

        var request = new InferenceRequest { BodyBytes = body.Length, BinaryOutput = true };
        request.Inputs.Add(new InputTensor(spec.Name, spec.Type, shape, data.Numbers, data.Texts, data.Elements));
        return request;
    }

    private static Result<TensorData> Content(ReadOnlySpan<byte> body, OnnxTensorSpec spec, long[] shape)
    {
        if (spec.Type != OnnxType.BYTES)
        {
            return BinaryTensor.Read(body, spec.Type, OipParser.Elements(shape), $"input '{spec.Name}'");
        }

        // The one text is the body itself, without a length before it.
        using var text = new TextGatherer(1);
        text.Add(body);
        return new TensorData(null, text.Take(), 1);
    }

    private static Result<long[]> ShapeOf(OnnxTensorSpec spec, int bytes)
    {
        long[] shape = [.. spec.Dims];
        var free = shape.Count(d => d < 0);
        if (spec.Type == OnnxType.BYTES)
        {
            return shape.All(d => d is -1 or 1)
                ? Array.ConvertAll(shape, _ => 1L)
                : Problem.Invalid($"A raw binary request holds one text; input '{spec.Name}' takes [{string.Join(", ", spec.Dims)}]");
        }

        if (free > 1 && shape[0] < 0)
        {
            shape[0] = 1;
            free--;
        }

        if (free > 1)
        {
            return Problem.Invalid($"A raw binary request cannot tell the shape of input '{spec.Name}' [{string.Join(", ", spec.Dims)}]; send a header");
        }

        if (free == 1)
        {
            var others = shape.Where(d => d >= 0).Aggregate((long)spec.Type.Size(), (product, size) => product * size);
            shape[Array.FindIndex(shape, d => d < 0)] = others == 0 ? 0 : bytes / others;
        }

        return shape;
    }
}
