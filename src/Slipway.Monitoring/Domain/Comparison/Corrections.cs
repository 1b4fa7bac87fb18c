namespace Slipway.Monitoring.Domain.Comparison;

internal static class Corrections
{
    public static IReadOnlyDictionary<string, Correction> ByName { get; } = new Dictionary<string, Correction>(StringComparer.Ordinal)
    {
        ["none"] = Correction.None,
        ["bonferroni"] = Correction.Bonferroni,
        ["benjamini-hochberg"] = Correction.BenjaminiHochberg,
    };

    /// <summary>Adjusted p-values in the order given, at most 1; compare them with the same threshold as before. No input may be NaN.</summary>
    public static double[] Adjust(Correction correction, IReadOnlyList<double> pValues) => correction switch
    {
        Correction.None => [.. pValues],
        Correction.Bonferroni => [.. pValues.Select(p => Math.Min(1, p * pValues.Count))],
        _ => StepUp(pValues),
    };

    private static double[] StepUp(IReadOnlyList<double> pValues)
    {
        var order = Enumerable.Range(0, pValues.Count).OrderByDescending(i => pValues[i]).ToArray();
        var adjusted = new double[pValues.Count];
        var smallest = 1.0;
        for (var i = 0; i < order.Length; i++)
        {
            var rank = order.Length - i;
            smallest = Math.Min(smallest, pValues[order[i]] * order.Length / rank);
            adjusted[order[i]] = smallest;
        }

        return adjusted;
    }
}
