using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>One input tensor of a request: numbers in pooled memory, or texts.</summary>
internal sealed class OipTensor(string name, OnnxType type, long[] shape, OnnxBuffer? numbers, string[]? texts, int elements)
{
    public string Name { get; } = name;

    public OnnxType Type { get; } = type;

    public long[] Shape { get; } = shape;

    /// <summary>Null for BYTES.</summary>
    public OnnxBuffer? Numbers { get; } = numbers;

    /// <summary>Only for BYTES.</summary>
    public string[]? Texts { get; } = texts;

    public int Elements { get; } = elements;

    public OnnxInput ToOnnx() => Numbers is null
        ? OnnxInput.Strings(Name, Texts!, Shape)
        : OnnxInput.From(Name, Type, Numbers, Elements * Type.Size(), Shape);
}

/// <summary>A parsed inference request. It owns pooled memory: dispose it when the last run over it has ended.</summary>
internal sealed class OipRequest : IDisposable
{
    /// <summary>The caller's id; null when there was none.</summary>
    public string? Id { get; set; }

    /// <summary>The request parameter <c>event_time</c>.</summary>
    public DateTimeOffset? EventTime { get; set; }

    public List<OipTensor> Inputs { get; } = [];

    /// <summary>The outputs asked for; null means all.</summary>
    public List<string>? Outputs { get; set; }

    /// <summary>Size of the body, for bounding what queues hold.</summary>
    public int BodyBytes { get; set; }

    /// <summary>
    /// How many predictions the request asks for: the first dimension when all inputs share it, else 1 (a model without a batch dimension).
    /// </summary>
    public int Rows
    {
        get
        {
            var rows = -1L;
            foreach (var input in Inputs)
            {
                if (input.Shape.Length == 0 || (rows >= 0 && rows != input.Shape[0]))
                {
                    return 1;
                }

                rows = input.Shape[0];
            }

            return rows < 0 ? 1 : (int)Math.Min(rows, int.MaxValue);
        }
    }

    public OnnxInput[] ToOnnx()
    {
        var inputs = new OnnxInput[Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = Inputs[i].ToOnnx();
        }

        return inputs;
    }

    public void Dispose()
    {
        foreach (var input in Inputs)
        {
            input.Numbers?.Dispose();
        }

        Inputs.Clear();
    }
}
