using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// What every explanation is held to before it leaves: base value and contributions sum to what is explained. An explanation that does not is worth less than
/// none, and never the caller's fault.
/// </summary>
internal static class Additivity
{
    /// <summary>Doubles summed over thousands of leaves.</summary>
    private const double OfSums = 1e-6;

    /// <summary>Runtimes add trees up in float32 and approximate the logistic function: off by 1e-4 of a probability (see Slipway.Training).</summary>
    private const double OfRuntimes = 1e-3;

    /// <summary>Null when the sum holds.</summary>
    public static Problem? Check(string output, double baseValue, ReadOnlySpan<double> contributions, double value)
    {
        var (sum, size) = (baseValue, Math.Max(1, Math.Abs(baseValue)));
        foreach (var contribution in contributions)
        {
            sum += contribution;
            size = Math.Max(size, Math.Abs(contribution));
        }

        return Math.Abs(sum - value) <= OfSums * Math.Max(size, Math.Abs(value)) ? null : Broken(
            $"the contributions to '{output}' and the base value sum to {Show(sum)}, but the model's value is {Show(value)}");
    }

    /// <summary>Null when our own reading of the trees says what the runtime that serves them says.</summary>
    public static Problem? CheckReading(string output, double ours, double runtimes, double size) =>
        Math.Abs(ours - runtimes) <= OfRuntimes * Math.Max(1, Math.Abs(size)) || double.IsNaN(ours) == double.IsNaN(runtimes) && double.IsNaN(ours) ? null : Broken(
            $"the trees as read here give {Show(ours)} for '{output}', the runtime gives {Show(runtimes)}");

    private static Problem Broken(string what) => new(
        ProblemCode.Internal, $"The explanation failed its own check and is withheld: {what}. This is a fault of the server; \"method\": \"kernel\" explains the model without reading its trees");

    private static string Show(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
