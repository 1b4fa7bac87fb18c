using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Natural;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Invocations;

/// <summary>A CSV body (RFC 4180) with a header row; columns by name, and for a model of one matrix as they come.</summary>
internal static class CsvTable
{
    public static Result<InferenceRequest> Read(ReadOnlySpan<byte> body, IReadOnlyList<OnnxTensorSpec> inputs)
    {
        var rows = Rows(Encoding.UTF8.GetString(body));
        return NaturalInputs.Reading(request =>
        {
            if (rows.Count < 2)
            {
                throw NaturalInputs.Bad("The CSV needs a header row and a row of data");
            }

            var columns = rows[0];
            var odd = rows.FindIndex(r => r.Count != columns.Count);
            if (odd >= 0)
            {
                throw NaturalInputs.Bad($"Line {odd + 1} of the CSV has {rows[odd].Count} cells, the header has {columns.Count}");
            }

            if (inputs.Count == 1 && inputs[0].Dims.Count == 2 && inputs[0].Dims[1] != 1 && !columns.Contains(inputs[0].Name))
            {
                request.Inputs.Add(Take(inputs[0], rows, [.. Enumerable.Range(0, columns.Count)], [rows.Count - 1, columns.Count]));
                return;
            }

            foreach (var input in inputs)
            {
                var column = columns.IndexOf(input.Name);
                if (column < 0 && input.Optional)
                {
                    continue;
                }

                if (column < 0)
                {
                    throw NaturalInputs.Bad($"Column '{input.Name}' is missing; the model needs {NaturalInputs.Names(inputs)}");
                }

                request.Inputs.Add(Take(input, rows, [column], input.Dims.Count == 1 ? [rows.Count - 1] : [rows.Count - 1, 1]));
            }
        });
    }

    private static InputTensor Take(OnnxTensorSpec input, List<List<string>> rows, int[] columns, long[] shape)
    {
        var elements = TensorElements.For(input.Type, (long)(rows.Count - 1) * columns.Length);
        for (var row = 1; row < rows.Count; row++)
        {
            foreach (var column in columns)
            {
                if (!elements.TryAdd(rows[row][column]))
                {
                    elements.Dispose();
                    throw NaturalInputs.Bad($"Line {row + 1}, column '{rows[0][column]}': '{rows[row][column]}' is not {ElementForms.Describe(input.Type)}");
                }
            }
        }

        return elements.ToTensor(input.Name, shape);
    }

    private static List<List<string>> Rows(string text)
    {
        var rows = new List<List<string>>();
        var (row, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append(text[i++]);
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && cell.Length == 0)
            {
                quoted = true;
            }
            else if (c == ',')
            {
                row.Add(Take(cell));
            }
            else if (c == '\n')
            {
                row.Add(Take(cell));
                rows.Add(row);
                row = [];
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        if (row.Count > 0 || cell.Length > 0)
        {
            row.Add(Take(cell));
            rows.Add(row);
        }

        return rows;
    }

    private static string Take(StringBuilder cell)
    {
        var text = cell.ToString();
        cell.Clear();
        return text;
    }
}
