using System.Text.Json;
using System.Text.Json.Nodes;
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
        using var tensors = RequestTensors.Of(request);
        var frame = new PooledBytes(4096);
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "infer");
            writer.WriteNumber("id", id);
            WriteHeads(writer, "inputs", tensors);
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

        AppendBlocks(frame, tensors);
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
        var frame = new PooledBytes(4096);
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "told");
            writer.WriteNumber("id", id);
            WriteHeads(writer, "outputs", answer);
            writer.WriteEndObject();
        }

        AppendBlocks(frame, answer);
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

    private static void WriteHeads(Utf8JsonWriter writer, string name, TensorSet tensors)
    {
        writer.WriteStartArray(name);
        for (var i = 0; i < tensors.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensors.Spec(i).Name);
            writer.WriteString("datatype", tensors.Spec(i).Datatype);
            TensorWriter.WriteShape(writer, tensors.Shape(i));
            writer.WriteNumber("bytes", tensors.BinarySize(i));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void AppendBlocks(PooledBytes frame, TensorSet tensors)
    {
        Frame.EndHeader(frame, Enumerable.Range(0, tensors.Count).Sum(i => (long)tensors.BinarySize(i)));
        for (var i = 0; i < tensors.Count; i++)
        {
            InferenceWriter.WriteBlock(frame, tensors, i);
        }
    }
}
