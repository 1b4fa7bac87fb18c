using System.Text.Json;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Natural;

/// <summary>Tensors as nested JSON.</summary>
internal static class NaturalWriter
{
    /// <summary>The whole tensor.</summary>
    public static void Write(Utf8JsonWriter writer, TensorSet outputs, int output) => Write(writer, outputs, output, outputs.Shape(output).ToArray(), 0, 0);

    /// <summary>One row: what stands at a place of the first dimension.</summary>
    /// <param name="flatten">A row of one value is written as the value.</param>
    public static void WriteRow(Utf8JsonWriter writer, TensorSet outputs, int output, int row, bool flatten = false)
    {
        var shape = outputs.Shape(output).ToArray();
        var perRow = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        Write(writer, outputs, output, flatten && perRow == 1 ? [] : shape[1..], 0, checked((int)(row * perRow)));
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

    private static void Write(Utf8JsonWriter writer, TensorSet outputs, int output, ReadOnlySpan<long> shape, int depth, int from)
    {
        if (depth == shape.Length)
        {
            TensorWriter.WriteElements(writer, outputs, output, from, 1);
            return;
        }

        writer.WriteStartArray();
        if (depth == shape.Length - 1)
        {
            TensorWriter.WriteElements(writer, outputs, output, from, (int)shape[depth]);
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
                Write(writer, outputs, output, shape, depth + 1, checked((int)(from + (i * step))));
            }
        }

        writer.WriteEndArray();
    }
}
