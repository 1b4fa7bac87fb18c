using System.Globalization;

namespace Slipway.Pipelines.Triggers.Domain;

/// <summary>Decides from the champion's own record whether to train again. Pure: the same history gives the same decision.</summary>
internal static class RetrainRule
{
    /// <param name="losses">The champion's windows in order, from the first it predicted in, served or mirrored.</param>
    public static RetrainDecision Decide(RetrainPolicy policy, IReadOnlyList<WindowLoss> losses, TrainingHistory history, int window)
    {
        if (losses.Count == 0)
        {
            return new RetrainDecision(false, "no labelled predictions of the champion yet");
        }

        var recent = Pool(losses.TakeLast(policy.RecentWindows));
        if (recent.Rows < policy.MinRows)
        {
            return new RetrainDecision(false, Text($"only {recent.Rows} labelled rows in the last {policy.RecentWindows} windows, {policy.MinRows} are needed"));
        }

        var best = Best(policy, losses);
        var ratio = best.Mean > 0 ? recent.Mean / best.Mean : recent.Mean > 0 ? double.PositiveInfinity : 1;
        var z = Separation(recent, best);
        var degraded = ratio >= 1 + policy.Degradation && z >= NormalQuantile(ConfidenceAgainstBest(policy, losses.Count));
        var severe = ratio >= 2 && z >= 3;
        var wait = Wait(policy, history, severe);
        var since = window - (history.LastFiredWindow ?? losses[0].Window - 1);
        if (degraded && since >= wait)
        {
            return new RetrainDecision(true, Text($"loss {ratio:0.00} times the champion's best (z = {z:0.0}) over the last {policy.RecentWindows} windows"));
        }

        if (policy.MaxAgeWindows > 0 && since >= Math.Max(policy.MaxAgeWindows, Wait(policy, history with { LostMends = null }, severe: false)))
        {
            return new RetrainDecision(true, Text($"{since} windows since the last training"), ForAge: true);
        }

        return new RetrainDecision(false, degraded
            ? Text($"loss {ratio:0.00} times the best, but {since} of {wait} windows since the last training have passed")
            : Text($"loss {ratio:0.00} times the champion's best (z = {z:0.0}): nothing to mend"));
    }

    /// <summary>Windows that must lie between trainings now.</summary>
    public static int Wait(RetrainPolicy policy, TrainingHistory history, bool severe)
    {
        var lost = history.LostMends ?? history.ConsecutiveLosses;
        if (severe && lost == 0)
        {
            return Math.Max(1, (int)Math.Ceiling(policy.CooldownWindows / 3.0));
        }

        // Far off is perhaps another matter than the one that the last challenger could not mend, so one lost training less counts then; no more
        // than one, because growing noise looks just like it and no training helps against noise.
        var doublings = Math.Min(severe ? lost - 1 : lost, 16);
        return policy.CooldownWindows * Math.Min(policy.MaxBackoff, 1 << doublings);
    }

    /// <summary>
    /// The best stretch of as many windows as "recent" has. The recent one itself takes part, so a champion at its best has ratio 1. Taking the best of
    /// many stretches is biased low, which <see cref="ConfidenceAgainstBest"/> makes up for.
    /// </summary>
    private static WindowLoss Best(RetrainPolicy policy, IReadOnlyList<WindowLoss> losses)
    {
        WindowLoss? best = null;
        for (var end = Math.Min(policy.RecentWindows, losses.Count); end <= losses.Count; end++)
        {
            var pooled = Pool(losses.Take(end).TakeLast(policy.RecentWindows));
            if (pooled.Rows >= policy.MinRows && (best is null || pooled.Mean < best.Value.Mean))
            {
                best = pooled;
            }
        }

        return best!.Value;
    }

    /// <summary>
    /// The best of k stretches is low by luck, the more so the larger k. The permitted error is shared out among them (Bonferroni): on noise alone, 60
    /// windows of 30 or 200 rows, one judgement in twenty then sees a degradation, as a confidence of 0.95 promises; without it three in ten did.
    /// </summary>
    private static double ConfidenceAgainstBest(RetrainPolicy policy, int windows) =>
        1 - ((1 - policy.Confidence) / Math.Max(1, windows / policy.RecentWindows));

    private static WindowLoss Pool(IEnumerable<WindowLoss> windows)
    {
        var (rows, sum, squares, last) = (0, 0.0, 0.0, 0);
        foreach (var w in windows)
        {
            rows += w.Rows;
            sum += w.Rows * w.Mean;
            squares += ((w.Rows - 1) * w.Variance) + (w.Rows * w.Mean * w.Mean);
            last = w.Window;
        }

        if (rows == 0)
        {
            return new WindowLoss(last, 0, 0, 0);
        }

        var mean = sum / rows;
        return new WindowLoss(last, rows, mean, rows > 1 ? Math.Max(0, (squares - (rows * mean * mean)) / (rows - 1)) : 0);
    }

    /// <summary>How many standard errors the recent mean lies above the best.</summary>
    private static double Separation(WindowLoss recent, WindowLoss best)
    {
        var error = Math.Sqrt((recent.Variance / Math.Max(1, recent.Rows)) + (best.Variance / Math.Max(1, best.Rows)));
        var difference = recent.Mean - best.Mean;
        return error > 0 ? difference / error : difference > 0 ? double.PositiveInfinity : 0;
    }

    /// <summary>Acklam's rational approximation of the normal quantile (2003), here for 0.5 &lt;= p &lt; 1; relative error below 1.2e-9.</summary>
    internal static double NormalQuantile(double p)
    {
        if (p > 0.97575)
        {
            var q = Math.Sqrt(-2 * Math.Log(1 - p));
            return -(((((((((-7.784894002430293e-03 * q) - 3.223964580411365e-01) * q) - 2.400758277161838) * q) - 2.549732539343734) * q
                + 4.374664141464968) * q) + 2.938163982698783)
                / ((((((((7.784695709041462e-03 * q) + 3.224671290700398e-01) * q) + 2.445134137142996) * q) + 3.754408661907416) * q) + 1);
        }

        var (c, r) = (p - 0.5, (p - 0.5) * (p - 0.5));
        return ((((((((((-3.969683028665376e+01 * r) + 2.209460984245205e+02) * r) - 2.759285104469687e+02) * r) + 1.383577518672690e+02) * r
            - 3.066479806614716e+01) * r) + 2.506628277459239) * c)
            / ((((((((((-5.447609879822406e+01 * r) + 1.615858368580409e+02) * r) - 1.556989798598866e+02) * r) + 6.680131188771972e+01) * r
            - 1.328068155288572e+01) * r) + 1));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
