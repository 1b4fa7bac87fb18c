using System.Text.Json.Nodes;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>What every worker of one model is started with.</summary>
/// <param name="Folder">The unpacked model.</param>
/// <param name="Described">Its MLmodel; null when it has none.</param>
internal sealed record WorkerPlan(ModelToLoad Model, WorkerSpec Spec, string Interpreter, string Folder, JsonObject? Described, TimeSpan PredictLimit)
{
    /// <summary>model, transformer or explainer: for people.</summary>
    public string What => Model.Role;

    /// <summary>
    /// What the workers' processes see beside their model. Numeric libraries take all cores unless told otherwise; several workers that do so slow one another.
    /// </summary>
    public IReadOnlyDictionary<string, string> Variables()
    {
        var cores = Spec.Cpu is { } cpu ? (int)Math.Ceiling(cpu) : Math.Max(1, Environment.ProcessorCount / Math.Max(1, Model.Scale.Max));
        var threads = cores.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["OMP_NUM_THREADS"] = threads, ["OPENBLAS_NUM_THREADS"] = threads, ["MKL_NUM_THREADS"] = threads };
        foreach (var (name, value) in Spec.Variables)
        {
            variables[name] = value;
        }

        return variables;
    }
}
