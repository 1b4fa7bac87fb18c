namespace Slipway.Monitoring.Domain.Quality;

/// <param name="Variance">Sample variance; 0 below two values.</param>
internal readonly record struct LossMoments(int Count, double Mean, double Variance)
{
    /// <summary>Over the finite losses only: NaN stands for a row without a loss.</summary>
    public static LossMoments Of(IEnumerable<double> losses)
    {
        // Welford's update: one pass, no cancellation for large losses with a small spread.
        var (count, mean, squares) = (0, 0.0, 0.0);
        foreach (var loss in losses)
        {
            if (double.IsFinite(loss))
            {
                count++;
                var gap = loss - mean;
                mean += gap / count;
                squares += gap * (loss - mean);
            }
        }

        return new LossMoments(count, mean, count < 2 ? 0 : squares / (count - 1));
    }
}
