using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>
/// Holds a request to what the model takes, before a worker is troubled with it: every name, shape and type, with safe casts only, all faults at once.
/// </summary>
internal sealed class InputRules
{
    private readonly IReadOnlyList<WorkerTensor> _inputs;
    private readonly bool _isTable;

    public InputRules(IReadOnlyList<WorkerTensor> inputs, bool isTable)
    {
        (_inputs, _isTable) = (inputs, isTable);
        Declared = [.. inputs.Select(i => new OnnxTensorSpec(i.Name, i.Type, i.Shape ?? [-1]) { Optional = !i.Required })];
    }

    public IReadOnlyList<OnnxTensorSpec> Declared { get; }

    /// <summary>Null when the model can be asked.</summary>
    public Problem? Check(IReadOnlyList<InputTensor> given)
    {
        if (IsWholeTable(given))
        {
            return null;
        }

        var faults = new List<Fault>();
        for (var i = 0; i < given.Count; i++)
        {
            if (Find(given[i].Name) is not { } wanted)
            {
                faults.Add(new Fault(given[i].Name, $"no such input; the model has {Names()}"));
            }
            else if (given.Take(i).Any(g => g.Name == given[i].Name))
            {
                faults.Add(new Fault(given[i].Name, "given twice"));
            }
            else if (FaultOf(wanted, given[i]) is { } fault)
            {
                faults.Add(new Fault(given[i].Name, fault));
            }
        }

        faults.AddRange(_inputs.Where(i => i.Required && given.All(g => g.Name != i.Name)).Select(i => new Fault(i.Name, $"missing; the model needs {Describe(i)}")));
        if (_isTable && faults.Count == 0)
        {
            if (given.Count == 0)
            {
                faults.Add(new Fault("inputs", $"are missing; the model has {Names()}"));
            }
            else if (given.Any(g => g.Elements != given[0].Elements))
            {
                faults.Add(new Fault("inputs", $"are columns of unequal length: {string.Join(", ", given.Select(g => $"{g.Name} {g.Elements}"))}"));
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }

    /// <summary>All columns side by side in one matrix, in the model's order.</summary>
    private bool IsWholeTable(IReadOnlyList<InputTensor> given) =>
        _isTable && given is [{ Shape: [_, var width] } only] && width == _inputs.Count && Find(only.Name) is null
        && _inputs.All(i => i.Type != OnnxType.BYTES && TypeCasts.IsSafe(only.Type, i.Type));

    private string? FaultOf(WorkerTensor wanted, InputTensor given)
    {
        if (!TypeCasts.IsSafe(given.Type, wanted.Type))
        {
            return $"datatype {given.Type.WireName()} given, the model needs {wanted.Type.WireName()} (or what becomes it without loss)";
        }

        var fits = wanted.Shape is not { } shape
            || (given.Shape.Length == shape.Length && given.Shape.Zip(shape).All(p => p.Second < 0 || p.First == p.Second))
            || (given.Shape.Length == 1 && (_isTable || shape is [_, 1]));
        return fits ? null : $"shape {Text(given.Shape)} given, the model needs {Text(wanted.Shape!)} (-1 is any size)";
    }

    private WorkerTensor? Find(string name) => _inputs.FirstOrDefault(i => i.Name == name);

    private string Names() => string.Join(", ", _inputs.Select(i => i.Name));

    private static string Describe(WorkerTensor input) => input.Shape is { } shape ? $"{input.Type.WireName()} {Text(shape)}" : input.Type.WireName();

    private static string Text(long[] shape) => $"[{string.Join(", ", shape.Select(s => s.ToString(CultureInfo.InvariantCulture)))}]";
}
