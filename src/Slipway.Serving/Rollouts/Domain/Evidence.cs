using Slipway.Contracts.Monitoring.Ports;

namespace Slipway.Serving.Rollouts.Domain;

/// <summary>What some windows say about one version against another, on the rows that both predicted.</summary>
/// <param name="Rows">Rows that both versions predicted and whose label is known.</param>
/// <param name="MeanDifference">Mean of (loss of the version minus loss of the other one): negative is better. 0 without rows.</param>
/// <param name="Variance">Sample variance of that difference; 0 below two rows.</param>
/// <param name="AgainstLoss">Mean loss of the other version over its labelled rows; null when there are none.</param>
internal sealed record Evidence(int Rows, double MeanDifference, double Variance, double? AgainstLoss, int Requests, int Errors)
{
    /// <summary>
    /// Below this many rows no test is made: with four rows even a version that loses on every one of them does so by chance in one case of 16.
    /// </summary>
    public const int FewestRowsForATest = 5;

    public double ErrorRate => Requests == 0 ? 0 : (double)Errors / Requests;

    /// <summary>Gathers what the windows hold, as if their rows had come in one.</summary>
    public static Evidence Gather(IEnumerable<MonitorWindow> windows, int version, int against)
    {
        var (rows, mean, squares, requests, errors, labelled, loss) = (0, 0.0, 0.0, 0, 0, 0, 0.0);
        foreach (var window in windows)
        {
            requests += window.Rows + window.Errors;
            errors += window.Errors;
            if (window.Versions.FirstOrDefault(v => v.ModelVersion == against) is { Labelled: > 0 } other && double.IsFinite(other.MeanLoss))
            {
                labelled += other.Labelled;
                loss += other.MeanLoss * other.Labelled;
            }

            if (Pair(window, version, against) is not { } pair)
            {
                continue;
            }

            // Chan, Golub and LeVeque: means and squares of two batches give those of both together.
            var together = rows + pair.Rows;
            var delta = pair.MeanDifference - mean;
            squares += (pair.DifferenceVariance * (pair.Rows - 1)) + (delta * delta * rows * pair.Rows / together);
            mean += delta * pair.Rows / together;
            rows = together;
        }

        return new Evidence(rows, mean, rows > 1 ? squares / (rows - 1) : 0, labelled > 0 ? loss / labelled : null, requests, errors);
    }

    /// <summary>Probability of seeing a mean at least this much worse if the two versions were equally good: a one-sided paired t test; 1 with too few rows.</summary>
    public double ChanceOfWorse()
    {
        if (Rows < FewestRowsForATest || MeanDifference <= 0)
        {
            return 1;
        }

        return Variance <= 0 ? 0 : StudentT.UpperTail(MeanDifference / Math.Sqrt(Variance / Rows), Rows - 1);
    }

    private static PairedComparison? Pair(MonitorWindow window, int version, int against)
    {
        foreach (var pair in window.Pairs.Where(p => p.Rows > 0 && double.IsFinite(p.MeanDifference) && double.IsFinite(p.DifferenceVariance)))
        {
            if (pair.Version == version && pair.Against == against)
            {
                return pair;
            }

            if (pair.Version == against && pair.Against == version)
            {
                return pair with { Version = version, Against = against, MeanDifference = -pair.MeanDifference };
            }
        }

        return null;
    }
}
