namespace Slipway.Serving.Explanations.Domain;

/// <summary>What became of a metric when one feature's values were dealt out anew among the rows.</summary>
/// <param name="Mean">By how much the metric got worse, over the repeats.</param>
/// <param name="Deviation">Standard deviation over the repeats.</param>
internal sealed record Importance(double Mean, double Deviation)
{
    public static Importance Of(double baseline, IReadOnlyList<double> permuted, bool higherIsBetter)
    {
        double[] losses = [.. permuted.Select(p => higherIsBetter ? baseline - p : p - baseline)];
        var mean = losses.Average();
        return new Importance(mean, losses.Length < 2 ? 0 : Math.Sqrt(losses.Sum(l => (l - mean) * (l - mean)) / (losses.Length - 1)));
    }
}
