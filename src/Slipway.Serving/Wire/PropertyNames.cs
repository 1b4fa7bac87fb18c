using System.Buffers;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>Names and texts in the field properties of a model's metadata, which holds texts only.</summary>
internal static class PropertyNames
{
    /// <summary>Inputs with a default value in the model: a JSON list of objects with name, datatype and shape.</summary>
    public const string OptionalInputs = "optional_inputs";

    /// <summary>The labels of an output's columns: a JSON list of texts, in their order.</summary>
    public static string LabelsOf(OnnxTensorSpec output) => $"labels.{output.Name}";

    public static string ListOf(IReadOnlyList<string> texts) => Write(writer =>
    {
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }
    });

    public static string ListOf(IEnumerable<OnnxTensorSpec> specs) => Write(writer =>
    {
        foreach (var spec in specs)
        {
            writer.WriteStartObject();
            writer.WriteString("name", spec.Name);
            writer.WriteString("datatype", spec.Datatype);
            TensorWriter.WriteShape(writer, [.. spec.Dims]);
            writer.WriteEndObject();
        }
    });

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, OipWriter.Options))
        {
            writer.WriteStartArray();
            write(writer);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
