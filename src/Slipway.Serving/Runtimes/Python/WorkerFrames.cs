using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Writes the frames that a worker is sent.</summary>
internal static class WorkerFrames
{
    /// <summary>A request with its tensors copied in, so that it may be sent again when a worker ends over it.</summary>
    /// <param name="outputs">Names asked for; null for all.</param>
    public static PooledBytes Infer(long id, InferenceRequest request, IEnumerable<string>? outputs)
    {
        var sizes = request.Inputs.Select(SizeOf).ToArray();
        var frame = new PooledBytes(4096);
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "infer");
            writer.WriteNumber("id", id);
            writer.WriteStartArray("inputs");
            for (var i = 0; i < sizes.Length; i++)
            {
                WriteTensor(writer, request.Inputs[i].Name, request.Inputs[i].Type, request.Inputs[i].Shape, sizes[i]);
            }

            writer.WriteEndArray();
            if (outputs is not null)
            {
                writer.WriteStartArray("outputs");
                foreach (var output in outputs)
                {
                    writer.WriteStringValue(output);
                }

                writer.WriteEndArray();
            }

            if (request.Params is { } asked)
            {
                writer.WritePropertyName("params");
                writer.WriteRawValue(asked);
            }

            writer.WriteEndObject();
        }

        Frame.EndHeader(frame, sizes.Sum(s => (long)s));
        for (var i = 0; i < sizes.Length; i++)
        {
            Append(frame, request.Inputs[i], sizes[i]);
        }

        return frame;
    }

    public static PooledBytes Cancel(long id) => Plain(new JsonObject { ["type"] = "cancel", ["id"] = id });

    /// <param name="role">What is to be opened: a model, or one of the user's code.</param>
    /// <param name="described">The folder's MLmodel; null when it has none.</param>
    public static PooledBytes Load(string role, string folder, string format, string method, JsonNode? described, bool warm) => Plain(new JsonObject
    {
        ["type"] = "load", ["role"] = role, ["model"] = folder, ["format"] = format, ["method"] = method, ["described"] = described, ["warm"] = warm,
    });

    /// <summary>A call of a method of the user's code.</summary>
    public static PooledBytes Call(long id, CodeCall call)
    {
        var headers = new JsonObject(call.Headers.Select(h => KeyValuePair.Create<string, JsonNode?>(h.Key, h.Value)));
        return Plain(
            new JsonObject
            {
                ["type"] = "call", ["id"] = id, ["method"] = call.Method, ["headers"] = headers, ["json"] = call.Body.Json, ["text"] = call.Body.IsText, ["binary"] = call.Binary,
            },
            call.Body.Bytes.Span);
    }

    /// <summary>What the model answered to a question of the user's code.</summary>
    public static PooledBytes Told(long id, TensorSet answer)
    {
        var (frame, blocks) = (new PooledBytes(4096), 0L);
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "told");
            writer.WriteNumber("id", id);
            writer.WriteStartArray("outputs");
            for (var i = 0; i < answer.Count; i++)
            {
                var size = answer.BinarySize(i);
                WriteTensor(writer, answer.Spec(i).Name, answer.Spec(i).Type, answer.Shape(i), size);
                blocks += size;
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        Frame.EndHeader(frame, blocks);
        for (var i = 0; i < answer.Count; i++)
        {
            Append(frame, answer, i);
        }

        return frame;
    }

    /// <summary>Why the model did not answer.</summary>
    public static PooledBytes Told(long id, Problem problem) => Plain(new JsonObject
    {
        ["type"] = "told", ["id"] = id, ["code"] = problem.Code == ProblemCode.Invalid ? "invalid" : "internal", ["message"] = problem.Message,
    });

    private static PooledBytes Plain(JsonObject header, ReadOnlySpan<byte> block = default)
    {
        var frame = new PooledBytes(1024 + block.Length);
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            header.WriteTo(writer);
        }

        Frame.EndHeader(frame, block.Length);
        block.CopyTo(frame.GetSpan(block.Length));
        frame.Advance(block.Length);
        return frame;
    }

    private static void WriteTensor(Utf8JsonWriter writer, string name, OnnxType type, ReadOnlySpan<long> shape, int bytes)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("datatype", type.WireName());
        writer.WriteStartArray("shape");
        foreach (var size in shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteNumber("bytes", bytes);
        writer.WriteEndObject();
    }

    private static int SizeOf(InputTensor input) => input.Texts is null
        ? input.Elements * input.Type.Size()
        : input.Texts.Aggregate(0, (sum, text) => checked(sum + sizeof(uint) + text.Length));

    private static void Append(PooledBytes frame, TensorSet answer, int index)
    {
        var size = answer.BinarySize(index);
        var to = frame.GetSpan(size);
        if (answer.Spec(index).Type != OnnxType.BYTES)
        {
            answer.Bytes(index).CopyTo(to);
        }
        else
        {
            for (var i = 0; i < answer.Elements(index); i++)
            {
                var text = answer.Text(index, i);
                BinaryPrimitives.WriteUInt32LittleEndian(to, (uint)text.Length);
                text.CopyTo(to[sizeof(uint)..]);
                to = to[(sizeof(uint) + text.Length)..];
            }
        }

        frame.Advance(size);
    }

    private static void Append(PooledBytes frame, InputTensor input, int bytes)
    {
        var to = frame.GetSpan(bytes);
        if (input.Numbers is { } numbers)
        {
            numbers.As<byte>()[..bytes].CopyTo(to);
        }
        else
        {
            foreach (var text in input.Texts!)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(to, (uint)text.Length);
                text.Span.CopyTo(to[sizeof(uint)..]);
                to = to[(sizeof(uint) + text.Length)..];
            }
        }

        frame.Advance(bytes);
    }
}
