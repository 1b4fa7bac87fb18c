using Slipway.Contracts.Monitoring.Ports;
using Slipway.Serving.Rollouts.Domain;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Releases.Domain;

/// <summary>What was measured since the present step began.</summary>
/// <param name="Candidate">The revision on trial, or the released one while it is watched.</param>
/// <param name="Baseline">The one that it is compared with.</param>
/// <param name="Windows">The monitor's windows since then.</param>
/// <param name="CandidateVersion">Model versions, by which monitors know the two.</param>
internal sealed record Measured(Figures Candidate, Figures Baseline, IReadOnlyList<MonitorWindow> Windows, int CandidateVersion, int BaselineVersion)
{
    public static Measured Nothing { get; } = new(Figures.None, Figures.None, [], 0, 0);

    /// <summary>Labelled rows, mean and variance of the loss of a version over the windows.</summary>
    public (int Rows, double Mean, double Variance) Loss(int version)
    {
        var (rows, mean, squares) = (0, 0.0, 0.0);
        foreach (var quality in Windows.SelectMany(w => w.Versions).Where(v => v.ModelVersion == version && v.Labelled > 0 && double.IsFinite(v.MeanLoss)))
        {
            // Chan, Golub and LeVeque: means and squares of two batches give those of both together.
            var together = rows + quality.Labelled;
            var delta = quality.MeanLoss - mean;
            squares += (quality.LossVariance * Math.Max(0, quality.Labelled - 1)) + (delta * delta * rows * quality.Labelled / together);
            mean += delta * quality.Labelled / together;
            rows = together;
        }

        return (rows, mean, rows > 1 ? squares / (rows - 1) : 0);
    }
}

/// <summary>Holds figures against limits, and looks for the winner of an A/B test.</summary>
internal static class Analyst
{
    public static IReadOnlyList<Finding> Judge(ReleasePlan plan, Measured measured) => [.. plan.Analyses.Select(a => Judge(a, measured))];

    /// <summary>Over all: one that failed is enough; open ones wait.</summary>
    public static Verdict Over(IReadOnlyList<Finding> findings) =>
        findings.Any(f => f.Verdict == Verdict.Failed) ? Verdict.Failed
        : findings.Any(f => f.Verdict == Verdict.Open) ? Verdict.Open
        : Verdict.Passed;

    private static Finding Judge(Analysis analysis, Measured measured)
    {
        var (value, samples) = Read(analysis.Metric, measured, candidate: true);
        var (baseline, baselineSamples) = Read(analysis.Metric, measured, candidate: false);
        var limits = new List<string>();
        var (failed, open) = (false, value is null || samples < analysis.MinSamples);
        if (analysis.Max is { } max)
        {
            limits.Add(FormattableString.Invariant($"at most {max:G4}"));
            failed |= !open && value > max;
        }

        var relative = analysis.MaxRatio is not null;
        if (analysis.MaxRatio is { } ratio)
        {
            limits.Add(FormattableString.Invariant($"at most {ratio:G4} times the other's"));
            if (baseline is not { } other || baselineSamples < analysis.MinSamples)
            {
                open = true;
            }
            else
            {
                failed |= !open && value > other * ratio;
            }
        }

        // A limit that is broken is broken, even if another cannot be told yet.
        var verdict = failed ? Verdict.Failed : open ? Verdict.Open : Verdict.Passed;
        return new Finding(
            ReleasePlan.NameOf(analysis.Metric), value, relative ? baseline : null, string.Join(" and ", limits), samples, analysis.MinSamples, verdict);
    }

    private static (double? Value, long Samples) Read(ReleaseMetric metric, Measured measured, bool candidate)
    {
        var figures = candidate ? measured.Candidate : measured.Baseline;
        switch (metric)
        {
            case ReleaseMetric.ErrorRate:
                return (figures.ErrorRate, figures.Requests);
            case ReleaseMetric.LatencyMean:
                return (figures.MeanMs, figures.Answers);
            case ReleaseMetric.LatencyP50:
                return (figures.QuantileMs(0.5), figures.Answers);
            case ReleaseMetric.LatencyP95:
                return (figures.QuantileMs(0.95), figures.Answers);
            case ReleaseMetric.LatencyP99:
                return (figures.QuantileMs(0.99), figures.Answers);
            case ReleaseMetric.Loss:
                var (rows, mean, _) = measured.Loss(candidate ? measured.CandidateVersion : measured.BaselineVersion);
                return (rows == 0 ? null : mean, rows);
            case ReleaseMetric.Drift:
                var shares = measured.Windows.Select(w => w.InputDrift?.Share).OfType<double>().ToArray();
                return (shares.Length == 0 ? null : shares.Max(), shares.Length);
            case ReleaseMetric.Disagreement:
                return (1 - figures.Agreement, figures.Compared);
            case ReleaseMetric.MeanDifference:
                return (figures.MeanDifference, figures.Compared);
            default:
                return (figures.Compared == 0 ? null : figures.MaxDifference, figures.Compared);
        }
    }

    /// <summary>
    /// Whether a further look may be taken: only when there are twice the samples of the last one, so that few looks share the error that is allowed.
    /// </summary>
    public static bool MayLook(WinnerRule rule, int looks, Measured measured) =>
        Math.Min(Test(rule, measured).Candidate, Test(rule, measured).Baseline) >= rule.MinSamples * Math.Pow(2, looks);

    /// <summary>
    /// The look: below 0 the candidate is better, above 0 it is worse, 0 when chance may explain the difference. Look number k may err with
    /// (1 - confidence) / (k (k + 1)); these add up to 1 - confidence, however many looks there are.
    /// </summary>
    public static (int Sign, Finding Finding) Look(WinnerRule rule, int look, Measured measured)
    {
        var (one, two, difference, error, value, baseline) = Test(rule, measured);
        var allowed = (1 - rule.Confidence) / (look * (look + 1.0));
        var z = error > 0 ? Math.Abs(difference) / error : difference == 0 ? 0 : double.PositiveInfinity;
        var chance = 2 * StudentT.UpperTail(z, Math.Max(1, one + two - 2));
        var sign = chance <= allowed ? Math.Sign(difference) : 0;
        var finding = new Finding(
            ReleasePlan.NameOf(rule.Metric), value, baseline, FormattableString.Invariant($"p = {chance:G3}, {allowed:G3} decides at look {look}"),
            Math.Min(one, two), rule.MinSamples, sign < 0 ? Verdict.Passed : sign > 0 ? Verdict.Failed : Verdict.Open);
        return (sign, finding);
    }

    /// <summary>Samples of both, the difference of their means and its standard error.</summary>
    private static (long Candidate, long Baseline, double Difference, double Error, double? Value, double? Other) Test(WinnerRule rule, Measured measured)
    {
        var (mine, other) = (measured.Candidate, measured.Baseline);
        switch (rule.Metric)
        {
            case ReleaseMetric.ErrorRate:
                var (n, m) = (mine.Requests, other.Requests);
                if (n == 0 || m == 0)
                {
                    return (n, m, 0, 0, mine.ErrorRate, other.ErrorRate);
                }

                var pooled = (double)(mine.Errors + other.Errors) / (n + m);
                return (n, m, mine.ErrorRate!.Value - other.ErrorRate!.Value, Math.Sqrt(pooled * (1 - pooled) * ((1.0 / n) + (1.0 / m))), mine.ErrorRate, other.ErrorRate);
            case ReleaseMetric.LatencyMean:
                return Welch((mine.Answers, mine.MeanMs ?? 0, mine.VarianceMs), (other.Answers, other.MeanMs ?? 0, other.VarianceMs));
            default:
                var (one, two) = (measured.Loss(measured.CandidateVersion), measured.Loss(measured.BaselineVersion));
                return Welch((one.Rows, one.Mean, one.Variance), (two.Rows, two.Mean, two.Variance));
        }
    }

    private static (long, long, double, double, double?, double?) Welch((long N, double Mean, double Variance) one, (long N, double Mean, double Variance) two) =>
        one.N == 0 || two.N == 0
            ? (one.N, two.N, 0, 0, null, null)
            : (one.N, two.N, one.Mean - two.Mean, Math.Sqrt((one.Variance / one.N) + (two.Variance / two.N)), one.Mean, two.Mean);
}
