namespace Slipway.Training.Domain.Metrics;

/// <summary>How far predictions are from the truth. Both have the same length; null where the metric is not defined.</summary>
internal static class RegressionMetrics
{
    /// <summary>1 less the share of the variance that is left; not defined when the truth does not vary.</summary>
    public static double? R2(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        var mean = 0.0;
        foreach (var value in truth)
        {
            mean += value / truth.Length;
        }

        var (left, total) = (0.0, 0.0);
        for (var i = 0; i < truth.Length; i++)
        {
            left += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
            total += (truth[i] - mean) * (truth[i] - mean);
        }

        return total > 0 ? 1 - (left / total) : null;
    }

    public static double? Mae(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        var sum = 0.0;
        for (var i = 0; i < truth.Length; i++)
        {
            sum += Math.Abs(truth[i] - predicted[i]);
        }

        return truth.Length > 0 ? sum / truth.Length : null;
    }

    public static double? Rmse(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        var sum = 0.0;
        for (var i = 0; i < truth.Length; i++)
        {
            sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
        }

        return truth.Length > 0 ? Math.Sqrt(sum / truth.Length) : null;
    }

    /// <summary>Mean of |error| / |truth| as a share, not a percentage. Rows whose truth is 0 have no relative error and are left out.</summary>
    public static double? Mape(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        var (sum, rows) = (0.0, 0);
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] != 0)
            {
                sum += Math.Abs((truth[i] - predicted[i]) / truth[i]);
                rows++;
            }
        }

        return rows > 0 ? sum / rows : null;
    }
}
