using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>Writes the protocol's answers as UTF-8.</summary>
internal static class OipWriter
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Inputs = JsonEncodedText.Encode("inputs");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText Shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText Datatype = JsonEncodedText.Encode("datatype");

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static void WriteMetadata(
        IBufferWriter<byte> to, string model, string platform, IEnumerable<string> versions, IReadOnlyList<OnnxTensorSpec> inputs, IReadOnlyList<OnnxTensorSpec> outputs,
        IReadOnlyDictionary<string, string> properties)
    {
        var writer = WriterOver(to);
        writer.WriteStartObject();
        writer.WriteString(Name, model);
        writer.WriteStartArray("versions");
        foreach (var version in versions)
        {
            writer.WriteStringValue(version);
        }

        writer.WriteEndArray();
        writer.WriteString("platform", platform);
        WriteSpecs(writer, Inputs, inputs);
        WriteSpecs(writer, Outputs, outputs);
        if (properties.Count > 0)
        {
            writer.WriteStartObject("properties");
            foreach (var (name, text) in properties)
            {
                writer.WriteString(name, text);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>A writer kept per thread: making one costs more than writing a small answer.</summary>
    internal static Utf8JsonWriter WriterOver(IBufferWriter<byte> to)
    {
        if (_writer is null)
        {
            return _writer = new Utf8JsonWriter(to, Options);
        }

        _writer.Reset(to);
        return _writer;
    }

    private static void WriteSpecs(Utf8JsonWriter writer, JsonEncodedText list, IReadOnlyList<OnnxTensorSpec> specs)
    {
        writer.WriteStartArray(list);
        foreach (var spec in specs)
        {
            writer.WriteStartObject();
            writer.WriteString(Name, spec.Name);
            writer.WriteString(Datatype, spec.Datatype);
            writer.WriteStartArray(Shape);
            foreach (var size in spec.Dims)
            {
                writer.WriteNumberValue(size);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
