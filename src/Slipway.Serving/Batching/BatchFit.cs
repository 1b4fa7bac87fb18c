using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Which models and which requests can share a run: rows are the first dimension, everything else must be the same.</summary>
internal static class BatchFit
{
    /// <summary>Why runs of the model cannot be shared; null when they can.</summary>
    public static string? WhyNot(IServedModel model)
    {
        foreach (var (spec, what) in model.Inputs.Select(s => (s, "input")).Concat(model.Outputs.Select(s => (s, "output"))))
        {
            if (spec.Form is not (OnnxForm.Tensor or OnnxForm.ZipMap))
            {
                return $"{what} '{spec.Name}' stands for a sequence or a map, which has no rows";
            }

            if (spec.Optional)
            {
                return $"{what} '{spec.Name}' may be left out, so requests may differ in it";
            }

            if (spec.Dims.Count == 0 || spec.Dims[0] >= 0)
            {
                return spec.Dims.Count == 0
                    ? $"{what} '{spec.Name}' has no dimensions, so it has no rows"
                    : string.Create(CultureInfo.InvariantCulture, $"the first dimension of {what} '{spec.Name}' is {spec.Dims[0]}, not variable, so it does not count rows");
            }
        }

        return model.Inputs.Count == 0 ? "it has no inputs" : null;
    }

    /// <summary>
    /// The rows of a request that can share a run with others of the same <paramref name="kind"/>; 0 when it has to run alone, so that what is wrong
    /// with it is said to its caller only.
    /// </summary>
    public static int RowsOf(IReadOnlyList<OnnxTensorSpec> declared, InferenceRequest request, ReadOnlySpan<int> outputs, out int kind)
    {
        var hash = default(HashCode);
        kind = 0;
        if (request.Inputs.Count != declared.Count || request.Params is not null)
        {
            return 0;
        }

        var rows = 0L;
        for (var i = 0; i < declared.Count; i++)
        {
            var spec = declared[i];
            if (Find(request, spec.Name, i) is not { } input || input.Type != spec.Type || input.Shape.Length != spec.Dims.Count || input.Shape[0] < 1
                || (i > 0 && input.Shape[0] != rows))
            {
                return 0;
            }

            rows = input.Shape[0];
            var elements = rows;
            for (var d = 1; d < input.Shape.Length; d++)
            {
                var size = input.Shape[d];
                if (size < 0 || size > int.MaxValue || (spec.Dims[d] >= 0 && spec.Dims[d] != size))
                {
                    return 0;
                }

                elements *= size;
                if (elements > int.MaxValue)
                {
                    return 0;
                }

                hash.Add(size);
            }

            if (elements != input.Elements || (input.Numbers is null ? input.Texts!.Length != elements : input.Numbers.Length < elements * input.Type.Size()))
            {
                return 0;
            }
        }

        foreach (var place in outputs)
        {
            hash.Add(place);
        }

        kind = hash.ToHashCode();
        return rows > int.MaxValue ? 0 : (int)rows;
    }

    /// <summary>Whether two requests that fit the model differ in their rows only.</summary>
    public static bool IsSameKind(IReadOnlyList<OnnxTensorSpec> declared, Waiting one, Waiting other)
    {
        if (one.Kind != other.Kind || !one.Outputs.Span.SequenceEqual(other.Outputs.Span))
        {
            return false;
        }

        for (var i = 0; i < declared.Count; i++)
        {
            if (!Find(one.Request, declared[i].Name, i)!.Shape.AsSpan(1).SequenceEqual(Find(other.Request, declared[i].Name, i)!.Shape.AsSpan(1)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The input of that name, which mostly stands where the model declares it.</summary>
    public static InputTensor? Find(InferenceRequest request, string name, int likely)
    {
        if (request.Inputs[likely].Name == name)
        {
            return request.Inputs[likely];
        }

        foreach (var input in request.Inputs)
        {
            if (input.Name == name)
            {
                return input;
            }
        }

        return null;
    }
}
