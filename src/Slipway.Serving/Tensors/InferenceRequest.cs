using Slipway.Engines.Onnx;

namespace Slipway.Serving.Tensors;

/// <summary>One input tensor of a request: numbers in pooled memory, or byte strings.</summary>
internal sealed class InputTensor(string name, OnnxType type, long[] shape, OnnxBuffer? numbers, ReadOnlyMemory<byte>[]? texts, int elements)
{
    public string Name { get; } = name;

    public OnnxType Type { get; } = type;

    public long[] Shape { get; } = shape;

    /// <summary>Null for BYTES.</summary>
    public OnnxBuffer? Numbers { get; } = numbers;

    /// <summary>Only for BYTES; from JSON they are UTF-8, from a binary block any bytes.</summary>
    public ReadOnlyMemory<byte>[]? Texts { get; } = texts;

    public int Elements { get; } = elements;

    public OnnxInput ToOnnx() => Numbers is null
        ? OnnxInput.Strings(Name, Texts!, Shape)
        : OnnxInput.From(Name, Type, Numbers, Elements * Type.Size(), Shape);
}

/// <summary>An output that the caller asked for.</summary>
/// <param name="Binary">Whether as a binary block; null leaves it to the request.</param>
/// <param name="Classes">Above 0: not the tensor but its so many greatest elements with their places (the extension classification).</param>
internal readonly record struct WantedOutput(string Name, bool? Binary = null, int Classes = 0);

/// <summary>A parameter that decides which revision answers, as text.</summary>
internal readonly record struct RoutingValue(string Name, string Value);

/// <summary>A parsed inference request. It owns pooled memory: dispose it when the last run over it has ended.</summary>
internal sealed class InferenceRequest : IDisposable
{
    /// <summary>The caller's id; null when there was none.</summary>
    public string? Id { get; set; }

    /// <summary>The request parameter <c>event_time</c>.</summary>
    public DateTimeOffset? EventTime { get; set; }

    public List<InputTensor> Inputs { get; } = [];

    /// <summary>MLflow's <c>params</c>, a JSON object: what a prediction is asked to do otherwise than usually. Null when there are none.</summary>
    public string? Params { get; set; }

    /// <summary>The outputs asked for; null means all.</summary>
    public List<WantedOutput>? Outputs { get; set; }

    /// <summary>The request parameter <c>binary_data_output</c>: outputs go out as binary blocks unless they say otherwise.</summary>
    public bool BinaryOutput { get; set; }

    /// <summary>What a request that does not say has: in the middle of 1 (first) to <see cref="LastPriority"/>.</summary>
    public const int OrdinaryPriority = 5;

    public const int LastPriority = 10;

    /// <summary>The request parameter <c>priority</c>: 1 goes first; 0 stands for <see cref="OrdinaryPriority"/>.</summary>
    public int Priority { get; set; }

    /// <summary>The request parameter <c>timeout</c>: how long its turn may take to come, the run itself not counted.</summary>
    public TimeSpan? QueueTimeout { get; set; }

    /// <summary>What the request has of the parameters that the rules on callers look at; null for nothing.</summary>
    public List<RoutingValue>? Routing { get; set; }

    /// <summary>What reading it took.</summary>
    public TimeSpan ParseTime { get; set; }

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
