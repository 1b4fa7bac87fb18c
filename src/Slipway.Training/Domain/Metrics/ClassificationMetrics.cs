namespace Slipway.Training.Domain.Metrics;

/// <summary>How well classes are told apart. Null where the metric is not defined.</summary>
internal static class ClassificationMetrics
{
    /// <summary>A probability of 0 for what happened would be an infinite loss.</summary>
    private const double MinProbability = 1e-15;

    public static double? Accuracy(IReadOnlyList<string> truth, IReadOnlyList<string> predicted)
    {
        var right = 0;
        for (var i = 0; i < truth.Count; i++)
        {
            right += truth[i] == predicted[i] ? 1 : 0;
        }

        return truth.Count > 0 ? (double)right / truth.Count : null;
    }

    /// <summary>The plain mean of F1 over every class that occurs in the truth or the predictions.</summary>
    public static double? MacroF1(IReadOnlyList<string> truth, IReadOnlyList<string> predicted)
    {
        // Per class: hits, and how often it was true or predicted. F1 = 2 hits / (true + predicted).
        var counts = new SortedDictionary<string, (int Hits, int Named)>(StringComparer.Ordinal);
        for (var i = 0; i < truth.Count; i++)
        {
            var hit = truth[i] == predicted[i] ? 1 : 0;
            var own = counts.GetValueOrDefault(truth[i]);
            counts[truth[i]] = (own.Hits + hit, own.Named + 1);
            var other = counts.GetValueOrDefault(predicted[i]);
            counts[predicted[i]] = (other.Hits, other.Named + 1);
        }

        return counts.Count > 0 ? counts.Values.Average(c => 2.0 * c.Hits / c.Named) : null;
    }

    /// <summary>
    /// The chance that a positive row scores above a negative one, ties counting half (Mann and Whitney). Not defined with one class.
    /// </summary>
    public static double? Auc(ReadOnlySpan<bool> positive, ReadOnlySpan<double> scores)
    {
        var order = new int[scores.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        var sorted = scores.ToArray();
        Array.Sort(sorted, order);
        var (positives, rankSum) = (0L, 0.0);
        for (var i = 0; i < order.Length;)
        {
            var end = i;
            while (end < order.Length && sorted[end] == sorted[i])
            {
                end++;
            }

            // A NaN equals nothing, itself included; it ranks alone.
            end = Math.Max(end, i + 1);
            var rank = (i + 1 + end) / 2.0;
            for (; i < end; i++)
            {
                if (positive[order[i]])
                {
                    positives++;
                    rankSum += rank;
                }
            }
        }

        var negatives = order.Length - positives;
        return positives > 0 && negatives > 0 ? (rankSum - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives) : null;
    }

    /// <param name="truth">Index of the true class per row; -1 for a class that the model does not know.</param>
    /// <param name="probabilities">[rows][classes].</param>
    public static double? LogLoss(ReadOnlySpan<int> truth, ReadOnlySpan<double[]> probabilities)
    {
        var sum = 0.0;
        for (var i = 0; i < truth.Length; i++)
        {
            sum += RowLogLoss(truth[i], probabilities[i]);
        }

        return truth.Length > 0 ? sum / truth.Length : null;
    }

    public static double RowLogLoss(int truth, double[] probabilities) =>
        -Math.Log(Math.Clamp(truth < 0 ? 0 : probabilities[truth], MinProbability, 1));
}
