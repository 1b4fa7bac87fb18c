using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>What a model file can be, by KServe's names of <c>modelFormat</c>, and which of them a registered version can be served as.</summary>
internal static class ModelFormats
{
    public const string Onnx = "onnx";

    /// <summary>Whatever the folder's MLmodel says: its ONNX form when it has one, else its Python forms.</summary>
    public const string Mlflow = "mlflow";

    /// <summary>A <c>model.py</c> with a class of the user's own.</summary>
    public const string Python = "python";

    /// <summary>Not a file but another server that answers for the model.</summary>
    public const string Remote = "remote";

    /// <summary>Formats that a Python worker opens.</summary>
    public static IReadOnlyList<string> OfWorkers { get; } = ["sklearn", "xgboost", "lightgbm", "pytorch", Mlflow, Python];

    public static IReadOnlyList<string> All { get; } = [Onnx, .. OfWorkers, Remote];

    public static bool NeedsWorker(string format) => OfWorkers.Contains(format);

    /// <summary>
    /// The format to load a registered version in. Unsupported when its files do not hold the form that was asked for: a model that is opened as what it
    /// is not would answer nonsense.
    /// </summary>
    /// <param name="asked">One of <see cref="All"/>.</param>
    /// <param name="registered">The registry's word: onnx, sklearn, python_function, files, ....</param>
    /// <param name="flavors">Every form that MLflow's description names; empty when there is none.</param>
    public static Result<string> Choose(string asked, string registered, IReadOnlyList<string> flavors)
    {
        var isOnnx = string.Equals(registered, Onnx, StringComparison.OrdinalIgnoreCase);
        return asked switch
        {
            Onnx when isOnnx => Onnx,
            Mlflow when isOnnx => Onnx,
            Mlflow when flavors.Count > 0 => Mlflow,
            Python when flavors.Count == 0 && !isOnnx => Python,
            not (Onnx or Mlflow or Python) when flavors.Contains(asked) || (flavors.Count == 0 && !isOnnx) => asked,
            _ => new Problem(
                ProblemCode.Unsupported, $"is '{Told(registered, flavors)}', and modelFormat '{asked}' was asked for; {Cure(registered, flavors, isOnnx)}"),
        };
    }

    private static string Told(string registered, IReadOnlyList<string> flavors) => flavors.Count > 0 ? string.Join(", ", flavors) : registered;

    private static string Cure(string registered, IReadOnlyList<string> flavors, bool isOnnx)
    {
        if (isOnnx)
        {
            return $"use '{Onnx}'";
        }

        var own = flavors.Append(registered).FirstOrDefault(f => OfWorkers.Contains(f));
        return own is not null ? $"use '{own}'" : flavors.Count > 0 ? $"use '{Mlflow}'" : "name the format that its files are in";
    }
}
