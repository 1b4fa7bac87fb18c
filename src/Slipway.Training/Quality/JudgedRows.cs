using System.Globalization;
using Slipway.Kernel.Frames;

namespace Slipway.Training.Quality;

/// <summary>The rows that have a truth, in the form that a metric wants them.</summary>
internal sealed class JudgedRows
{
    private readonly Column _truth;
    private readonly Column _predictions;
    private readonly double[][]? _probabilities;

    private JudgedRows(int[] kept, Column truth, Column predictions, double[][]? probabilities)
    {
        Kept = kept;
        (_truth, _predictions, _probabilities) = (truth, predictions, probabilities);
    }

    /// <summary>Their numbers in the given columns.</summary>
    public int[] Kept { get; }

    public static JudgedRows From(Column truth, Column predictions, double[][]? probabilities)
    {
        if (truth.Count != predictions.Count || (probabilities is not null && probabilities.Length != truth.Count))
        {
            throw new ArgumentException(
                $"{truth.Count} true values, {predictions.Count} predictions and {probabilities?.Length ?? truth.Count} rows of probabilities do not match",
                nameof(predictions));
        }

        int[] kept = [.. Enumerable.Range(0, truth.Count).Where(row => !truth.IsMissing(row))];
        return new JudgedRows(kept, truth, predictions, probabilities);
    }

    public double[] TrueNumbers() => Numbers(_truth);

    public double[] PredictedNumbers() => Numbers(_predictions);

    public string[] TrueNames() => Names(_truth);

    public string[] PredictedNames() => Names(_predictions);

    public int[] TrueIndices(IReadOnlyList<string> classes)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < classes.Count; i++)
        {
            index[classes[i]] = i;
        }

        return Array.ConvertAll(TrueNames(), name => index.GetValueOrDefault(name, -1));
    }

    public double[][] Probabilities() => _probabilities is null
        ? throw new ArgumentException("This metric needs the probabilities of the classes")
        : Array.ConvertAll(Kept, row => _probabilities[row]);

    private double[] Numbers(Column column) => column is NumericColumn numbers
        ? Array.ConvertAll(Kept, row => numbers.Values[row])
        : throw new ArgumentException($"'{column.Name}' must hold numbers for a metric of regression");

    // Labels that are whole numbers are written as the exported model names them: 1, not 1.0.
    private string[] Names(Column column) => column switch
    {
        TextColumn texts => Array.ConvertAll(Kept, row => texts.Values[row] ?? ""),
        NumericColumn numbers => Array.ConvertAll(Kept, row => (numbers.Values[row] + 0.0).ToString("R", CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"'{column.Name}' holds times, which are no class labels"),
    };
}
