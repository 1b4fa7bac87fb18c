using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Natural;

/// <summary>The inputs of a model from natural JSON: by rows, or by columns.</summary>
internal static class NaturalInputs
{
    private static readonly JsonElement Missing = JsonDocument.Parse("null").RootElement.Clone();

    /// <summary>
    /// Rows: values of the only input, objects of input names and values, or, for a model of one value per input, lists in the order of its inputs.
    /// </summary>
    /// <param name="isLenient">Names that the model does not have are passed over, as MLflow does, not refused.</param>
    public static Result<InferenceRequest> FromRows(JsonElement rows, IReadOnlyList<OnnxTensorSpec> inputs, string place, bool isLenient = false) => Reading(request =>
    {
        if (rows.ValueKind != JsonValueKind.Array)
        {
            throw Bad($"{place}: must be a list");
        }

        var all = rows.EnumerateArray().ToArray();
        if (all.Length == 0)
        {
            throw Bad($"{place}: is empty");
        }

        if (all[0].ValueKind == JsonValueKind.Object && !all[0].TryGetProperty("b64", out _))
        {
            AddByName(request, all, inputs, place, isLenient);
        }
        else if (inputs.Count == 1)
        {
            request.Inputs.Add(NaturalTensor.ReadRows(all, inputs[0], row => $"{place}[{row}]"));
        }
        else
        {
            AddByPlace(request, all, inputs, place);
        }
    });

    /// <summary>Columns: the only input's whole tensor, or an object of input names and tensors.</summary>
    public static Result<InferenceRequest> FromColumns(JsonElement columns, IReadOnlyList<OnnxTensorSpec> inputs, string place, bool isLenient = false) => Reading(request =>
    {
        if (columns.ValueKind != JsonValueKind.Object)
        {
            if (inputs.Count(i => !i.Optional) > 1)
            {
                throw Bad($"{place}: the model has {inputs.Count} inputs ({Names(inputs)}); send an object with each by name");
            }

            request.Inputs.Add(NaturalTensor.Read(columns, inputs[0], place));
            return;
        }

        foreach (var input in inputs)
        {
            if (columns.TryGetProperty(input.Name, out var value))
            {
                request.Inputs.Add(NaturalTensor.Read(value, input, $"{place}.{input.Name}"));
            }
            else if (!input.Optional)
            {
                throw Bad($"{place}.{input.Name}: missing; the model has {Names(inputs)}");
            }
        }

        var extra = columns.EnumerateObject().FirstOrDefault(c => inputs.All(i => i.Name != c.Name));
        if (!isLenient && extra.Value.ValueKind != JsonValueKind.Undefined)
        {
            throw Bad($"{place}.{extra.Name}: no such input; the model has {Names(inputs)}");
        }
    });

    internal static string Names(IReadOnlyList<OnnxTensorSpec> inputs) => string.Join(", ", inputs.Select(i => i.Name));

    internal static ProblemException Bad(string message) => new(Problem.Invalid(message));

    internal static Result<InferenceRequest> Reading(Action<InferenceRequest> read)
    {
        var request = new InferenceRequest();
        try
        {
            read(request);
            return request;
        }
        catch (ProblemException e)
        {
            request.Dispose();
            return e.Problem;
        }
        catch (OverflowException)
        {
            request.Dispose();
            return Problem.Invalid("The tensors have more elements than fit in memory");
        }
    }

    private static void AddByName(InferenceRequest request, JsonElement[] rows, IReadOnlyList<OnnxTensorSpec> inputs, string place, bool isLenient)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            if (rows[row].ValueKind != JsonValueKind.Object)
            {
                throw Bad($"{place}[{row}]: must be an object like the first");
            }

            foreach (var member in rows[row].EnumerateObject())
            {
                if (!isLenient && inputs.All(i => i.Name != member.Name))
                {
                    throw Bad($"{place}[{row}].{member.Name}: no such input; the model has {Names(inputs)}");
                }
            }
        }

        foreach (var input in inputs)
        {
            if (input.Optional && rows.All(r => !r.TryGetProperty(input.Name, out _)))
            {
                continue;
            }

            var values = new JsonElement[rows.Length];
            for (var row = 0; row < rows.Length; row++)
            {
                if (!rows[row].TryGetProperty(input.Name, out values[row]))
                {
                    values[row] = input.Optional ? Missing : throw Bad($"{place}[{row}].{input.Name}: missing; the model has {Names(inputs)}");
                }
            }

            request.Inputs.Add(NaturalTensor.ReadRows(values, input, row => $"{place}[{row}].{input.Name}"));
        }
    }

    private static void AddByPlace(InferenceRequest request, JsonElement[] rows, IReadOnlyList<OnnxTensorSpec> inputs, string place)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            if (rows[row].ValueKind != JsonValueKind.Array || rows[row].GetArrayLength() != inputs.Count)
            {
                throw Bad($"{place}[{row}]: must be an object with {Names(inputs)}, or a list of these {inputs.Count} in this order");
            }
        }

        for (var i = 0; i < inputs.Count; i++)
        {
            request.Inputs.Add(NaturalTensor.ReadRows([.. rows.Select(r => r[i])], inputs[i], row => $"{place}[{row}][{i}]"));
        }
    }
}
