using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>What of a model's answer is explained, as numbers: probabilities, the numbers predicted, or whether the label is a certain one.</summary>
/// <param name="Space">See <see cref="Explained"/>.</param>
/// <param name="Names">Of the outputs.</param>
internal sealed record Target(string Space, IReadOnlyList<string> Names)
{
    public const string All = "all";

    public static Target Of(ModelAnswers answers, string outputName) =>
        answers.Probabilities is not null ? new Target("probability", answers.Classes)
        : answers.Numbers is { } numbers ? new Target("prediction", numbers[0].Length == 1
            ? [outputName]
            : [.. Enumerable.Range(0, numbers[0].Length).Select(i => string.Create(CultureInfo.InvariantCulture, $"{outputName}[{i}]"))])
        : new Target("agreement", [.. answers.Predictions.Select((_, row) => answers.Label(row)).Distinct(StringComparer.Ordinal)]);

    /// <summary>The outputs of a row.</summary>
    public double[] Values(ModelAnswers answers, int row) => Space switch
    {
        "probability" => answers.Probabilities![row],
        "prediction" => answers.Numbers![row],
        _ => [.. Names.Select(name => answers.Label(row) == name ? 1.0 : 0)],
    };

    /// <summary>Which outputs to tell of a row: the one asked for, all, or by default the predicted class or the only number.</summary>
    public Result<int[]> Choose(string? asked, ModelAnswers answers, int row)
    {
        if (asked == All || (asked is null && Space == "prediction"))
        {
            return Enumerable.Range(0, Names.Count).ToArray();
        }

        var name = asked ?? answers.Label(row);
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return new[] { i };
            }
        }

        if (asked is not null)
        {
            return Problem.Invalid($"class: '{asked}' is not one of {string.Join(", ", Names)}");
        }

        // Labels and names of the probabilities may be written differently; the greatest probability is the predicted one.
        var values = Values(answers, row);
        return new[] { Array.IndexOf(values, values.Max()) };
    }
}
