using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.Quality;

/// <summary>The loss per labelled row in one window.</summary>
internal readonly record struct WindowLoss(int Labelled, double Mean, double Variance);

/// <summary>Whether a window's loss is above what it used to be: a one-sided Welch test against the windows before, pooled row by row.</summary>
internal static class Degradation
{
    /// <summary>The chance of calling an unchanged model degraded, per window.</summary>
    public const double FalseAlarms = 0.01;

    /// <summary>Null when there is nothing to compare with, or too few rows to know the spread.</summary>
    public static bool? Judge(WindowLoss newest, IReadOnlyList<WindowLoss> before)
    {
        var rows = before.Sum(w => w.Labelled);
        if (newest.Labelled < 2 || rows < 2)
        {
            return null;
        }

        var mean = before.Sum(w => w.Labelled * w.Mean) / rows;
        var squares = before.Sum(w => ((w.Labelled - 1) * w.Variance) + (w.Labelled * (w.Mean - mean) * (w.Mean - mean)));
        var error = Math.Sqrt((newest.Variance / newest.Labelled) + (squares / (rows - 1) / rows));
        return error == 0 ? newest.Mean > mean : Tails.Normal((newest.Mean - mean) / error) < FalseAlarms;
    }
}
