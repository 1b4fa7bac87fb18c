using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
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
                Write(writer, request.Inputs[i], sizes[i]);
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

    /// <param name="described">The folder's MLmodel; null when it has none.</param>
    public static PooledBytes Load(string folder, string format, string method, JsonNode? described, bool warm) => Plain(new JsonObject
    {
        ["type"] = "load", ["model"] = folder, ["format"] = format, ["method"] = method, ["described"] = described, ["warm"] = warm,
    });

    private static PooledBytes Plain(JsonObject header)
    {
        var frame = new PooledBytes();
        Frame.Begin(frame);
        using (var writer = new Utf8JsonWriter(frame, OipWriter.Options))
        {
            header.WriteTo(writer);
        }

        Frame.EndHeader(frame, 0);
        return frame;
    }

    private static void Write(Utf8JsonWriter writer, InputTensor input, int bytes)
    {
        writer.WriteStartObject();
        writer.WriteString("name", input.Name);
        writer.WriteString("datatype", input.Type.WireName());
        writer.WriteStartArray("shape");
        foreach (var size in input.Shape)
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
