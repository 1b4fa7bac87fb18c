using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Natural;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Invocations;

/// <summary>
/// The forms of MLflow's JSON. Columns are looked up by name, in any order, and those that the model does not have are left out; a model of one
/// matrix takes the table's columns as they come.
/// </summary>
internal static class InvocationInputs
{
    private static readonly string[] Forms = ["dataframe_split", "dataframe_records", "instances", "inputs"];

    public static Result<(InferenceRequest Request, bool IsTable)> Read(JsonElement body, IReadOnlyList<OnnxTensorSpec> inputs)
    {
        if (body.TryGetProperty("signature_name", out _))
        {
            return Problem.Invalid("signature_name: is not supported; leave it out");
        }

        var given = Forms.Where(form => body.TryGetProperty(form, out _)).ToArray();
        if (given.Length != 1)
        {
            return Problem.Invalid(
                $"The body must have exactly one of {string.Join(", ", Forms)} (and optionally params); it has {(given.Length == 0 ? "none" : string.Join(" and ", given))}");
        }

        var hasParams = body.TryGetProperty("params", out var asked) && asked.ValueKind != JsonValueKind.Null;
        if (hasParams && asked.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("params: must be an object of names and values");
        }

        var value = body.GetProperty(given[0]);
        var read = given[0] switch
        {
            "dataframe_split" => FromSplit(value, inputs),
            "dataframe_records" => FromRecords(value, inputs),
            "instances" => NaturalInputs.FromRows(value, inputs, "instances", isLenient: true),
            _ => NaturalInputs.FromColumns(value, inputs, "inputs", isLenient: true),
        };
        if (read.Succeeded && hasParams && asked.EnumerateObject().Any())
        {
            read.Value.Params = asked.GetRawText();
        }

        return read.Select(request => (request, given[0].StartsWith("dataframe", StringComparison.Ordinal)));
    }

    private static Result<InferenceRequest> FromSplit(JsonElement value, IReadOnlyList<OnnxTensorSpec> inputs) => NaturalInputs.Reading(request =>
    {
        const string Place = "dataframe_split";
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
        {
            throw NaturalInputs.Bad($"{Place}: must be an object with columns and data");
        }

        var rows = data.EnumerateArray().ToArray();
        var columns = value.TryGetProperty("columns", out var named) && named.ValueKind == JsonValueKind.Array
            ? named.EnumerateArray().Select(c => c.ValueKind == JsonValueKind.String ? c.GetString()! : c.GetRawText()).ToArray()
            : [];
        for (var row = 0; row < rows.Length; row++)
        {
            if (rows[row].ValueKind != JsonValueKind.Array || (columns.Length > 0 && rows[row].GetArrayLength() != columns.Length))
            {
                throw NaturalInputs.Bad($"{Place}.data[{row}]: must be a list of {(columns.Length > 0 ? $"{columns.Length} values, one for each column" : "values")}");
            }
        }

        Add(request, inputs, columns, rows.Length, (row, column) => rows[row][column], (row, column) => $"{Place}.data[{row}][{column}]", rows);
    });

    private static Result<InferenceRequest> FromRecords(JsonElement value, IReadOnlyList<OnnxTensorSpec> inputs) => NaturalInputs.Reading(request =>
    {
        const string Place = "dataframe_records";
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(r => r.ValueKind != JsonValueKind.Object))
        {
            throw NaturalInputs.Bad($"{Place}: must be a list of objects");
        }

        var rows = value.EnumerateArray().ToArray();
        var columns = rows.SelectMany(r => r.EnumerateObject().Select(m => m.Name)).Distinct(StringComparer.Ordinal).ToArray();
        using var missing = JsonDocument.Parse("null");
        var none = missing.RootElement;
        Add(
            request, inputs, columns, rows.Length, (row, column) => rows[row].TryGetProperty(columns[column], out var cell) ? cell : none,
            (row, column) => $"{Place}[{row}].{columns[column]}", null);
    });

    /// <param name="matrix">The rows as lists, when they are.</param>
    private static void Add(
        InferenceRequest request, IReadOnlyList<OnnxTensorSpec> inputs, string[] columns, int rows, Func<int, int, JsonElement> cell, Func<int, int, string> place,
        JsonElement[]? matrix)
    {
        if (rows == 0)
        {
            throw NaturalInputs.Bad("The table has no rows");
        }

        if (inputs.Count == 1 && inputs[0].Dims.Count == 2 && !columns.Contains(inputs[0].Name) && inputs[0].Dims[1] != 1)
        {
            AddMatrix(request, inputs[0], columns, rows, cell, place, matrix);
            return;
        }

        foreach (var input in inputs)
        {
            var column = Array.IndexOf(columns, input.Name);
            if (column < 0 && input.Optional)
            {
                continue;
            }

            if (column < 0)
            {
                throw NaturalInputs.Bad($"Column '{input.Name}' is missing; the model needs {NaturalInputs.Names(inputs)}");
            }

            request.Inputs.Add(NaturalTensor.ReadRows([.. Enumerable.Range(0, rows).Select(row => cell(row, column))], input, row => place(row, column)));
        }
    }

    private static void AddMatrix(
        InferenceRequest request, OnnxTensorSpec input, string[] columns, int rows, Func<int, int, JsonElement> cell, Func<int, int, string> place, JsonElement[]? matrix)
    {
        if (matrix is not null)
        {
            request.Inputs.Add(NaturalTensor.ReadRows(matrix, input, row => $"dataframe_split.data[{row}]"));
            return;
        }

        var elements = TensorElements.For(input.Type, (long)rows * columns.Length);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns.Length; column++)
            {
                if (!elements.TryAdd(cell(row, column)))
                {
                    elements.Dispose();
                    throw NaturalInputs.Bad($"{place(row, column)}: is not {Wire.ElementForms.Describe(input.Type)}");
                }
            }
        }

        request.Inputs.Add(elements.ToTensor(input.Name, [rows, columns.Length]));
    }
}
