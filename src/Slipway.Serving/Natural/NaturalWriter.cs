using System.Text.Json;
using System.Text.Unicode;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Natural;

/// <summary>Tensors as nested JSON.</summary>
internal static class NaturalWriter
{
    /// <summary>TensorFlow Serving's word that a text is any bytes.</summary>
    private const string BytesEnding = "_bytes";

    /// <summary>The whole tensor.</summary>
    /// <param name="packed">Texts of outputs called <c>..._bytes</c>, and texts that are not UTF-8, are written as TensorFlow Serving's <c>{"b64"}</c>.</param>
    public static void Write(Utf8JsonWriter writer, TensorSet outputs, int output, bool packed = false) =>
        Write(writer, outputs, output, outputs.Shape(output).ToArray(), 0, 0, packed);

    /// <summary>One row: what stands at a place of the first dimension.</summary>
    /// <param name="flatten">A row of one value is written as the value.</param>
    public static void WriteRow(Utf8JsonWriter writer, TensorSet outputs, int output, int row, bool flatten = false, bool packed = false)
    {
        var shape = outputs.Shape(output).ToArray();
        var perRow = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        Write(writer, outputs, output, flatten && perRow == 1 ? [] : shape[1..], 0, checked((int)(row * perRow)), packed);
    }

    /// <summary>
    /// The whole tensor, and what was a list of maps in the model as one again: an object of class labels and values per row, as MLflow's own scoring server writes it.
    /// </summary>
    public static void WriteLabelled(Utf8JsonWriter writer, TensorSet outputs, int output)
    {
        if (Labels(outputs, output) is null)
        {
            Write(writer, outputs, output);
            return;
        }

        writer.WriteStartArray();
        for (var row = 0; row < outputs.Shape(output)[0]; row++)
        {
            WriteLabelledRow(writer, outputs, output, row);
        }

        writer.WriteEndArray();
    }

    /// <summary>A row of <see cref="WriteLabelled"/>; a row of one value is written as the value.</summary>
    public static void WriteLabelledRow(Utf8JsonWriter writer, TensorSet outputs, int output, int row)
    {
        if (Labels(outputs, output) is not { } labels)
        {
            WriteRow(writer, outputs, output, row, flatten: true);
            return;
        }

        writer.WriteStartObject();
        for (var i = 0; i < labels.Count; i++)
        {
            writer.WritePropertyName(labels[i]);
            TensorWriter.WriteElements(writer, outputs, output, (row * labels.Count) + i, 1);
        }

        writer.WriteEndObject();
    }

    private static IReadOnlyList<string>? Labels(TensorSet outputs, int output) =>
        outputs.Spec(output).IsZipMap && outputs.Classes(output) is { Count: > 0 } labels ? labels : null;

    /// <summary>How many rows all outputs have; -1 when they differ.</summary>
    public static int Rows(TensorSet outputs, int count)
    {
        var rows = -1L;
        for (var i = 0; i < count; i++)
        {
            var shape = outputs.Shape(i);
            if (shape.Length == 0 || (rows >= 0 && shape[0] != rows))
            {
                return -1;
            }

            rows = shape[0];
        }

        return (int)rows;
    }

    private static void Write(Utf8JsonWriter writer, TensorSet outputs, int output, ReadOnlySpan<long> shape, int depth, int from, bool packed)
    {
        if (depth == shape.Length)
        {
            WriteElements(writer, outputs, output, from, 1, packed);
            return;
        }

        writer.WriteStartArray();
        if (depth == shape.Length - 1)
        {
            WriteElements(writer, outputs, output, from, (int)shape[depth], packed);
        }
        else
        {
            var step = 1L;
            foreach (var size in shape[(depth + 1)..])
            {
                step *= size;
            }

            for (var i = 0; i < shape[depth]; i++)
            {
                Write(writer, outputs, output, shape, depth + 1, checked((int)(from + (i * step))), packed);
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteElements(Utf8JsonWriter writer, TensorSet outputs, int output, int from, int count, bool packed)
    {
        if (!packed || outputs.Spec(output).Type != OnnxType.BYTES)
        {
            TensorWriter.WriteElements(writer, outputs, output, from, count);
            return;
        }

        var always = outputs.Spec(output).Name.EndsWith(BytesEnding, StringComparison.Ordinal);
        for (var i = from; i < from + count; i++)
        {
            var text = outputs.Text(output, i);
            if (!always && Utf8.IsValid(text))
            {
                writer.WriteStringValue(text);
                continue;
            }

            writer.WriteStartObject();
            writer.WriteBase64String("b64", text);
            writer.WriteEndObject();
        }
    }
}
