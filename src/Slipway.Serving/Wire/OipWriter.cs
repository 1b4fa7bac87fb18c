using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>Writes the protocol's answers as UTF-8.</summary>
internal static class OipWriter
{
    public const string Platform = "onnx_onnxv1";

    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model_name");
    private static readonly JsonEncodedText ModelVersion = JsonEncodedText.Encode("model_version");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Inputs = JsonEncodedText.Encode("inputs");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText Shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText Datatype = JsonEncodedText.Encode("datatype");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <param name="id">Null when the request had none: then the answer has none.</param>
    /// <param name="count">How many of the outputs to write, from the first; null for all.</param>
    public static void WriteInference(IBufferWriter<byte> to, string model, string version, string? id, OnnxOutputs outputs, int? count = null)
    {
        var writer = WriterOver(to);
        writer.WriteStartObject();
        writer.WriteString(ModelName, model);
        writer.WriteString(ModelVersion, version);
        if (id is not null)
        {
            writer.WriteString(Id, id);
        }

        writer.WriteStartArray(Outputs);
        for (var i = 0; i < (count ?? outputs.Count); i++)
        {
            var spec = outputs.Spec(i);
            writer.WriteStartObject();
            writer.WriteString(Name, spec.Name);
            writer.WriteStartArray(Shape);
            var elements = 1;
            foreach (var size in outputs.Shape(i))
            {
                writer.WriteNumberValue(size);
                elements *= (int)size;
            }

            writer.WriteEndArray();
            writer.WriteString(Datatype, spec.Datatype);
            writer.WriteStartArray(Data);
            TensorWriter.WriteElements(writer, outputs, i, 0, elements);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
    }

    public static void WriteMetadata(
        IBufferWriter<byte> to, string model, IEnumerable<string> versions, IReadOnlyList<OnnxTensorSpec> inputs, IReadOnlyList<OnnxTensorSpec> outputs)
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
        writer.WriteString("platform", Platform);
        WriteSpecs(writer, Inputs, inputs);
        WriteSpecs(writer, Outputs, outputs);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>A writer kept per thread: making one costs more than writing a small answer.</summary>
    private static Utf8JsonWriter WriterOver(IBufferWriter<byte> to)
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
