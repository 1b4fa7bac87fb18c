using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Training.Domain.Features;

/// <summary>Learns the <see cref="FeatureSet"/> from a training frame.</summary>
internal static class FeatureFitter
{
    /// <param name="frame">The training rows.</param>
    /// <param name="names">The columns to learn from, in the order of the model's inputs.</param>
    /// <param name="categorical">Columns whose values are names; text columns always are.</param>
    public static Result<FeatureSet> Fit(Frame frame, IReadOnlyList<string> names, IReadOnlyCollection<string> categorical)
    {
        var faults = new List<Fault>();
        if (names.Count == 0)
        {
            faults.Add(new Fault("features", "there is no column to learn from; name at least one"));
        }

        foreach (var name in categorical)
        {
            if (!names.Contains(name))
            {
                faults.Add(new Fault("categorical", $"'{name}' is not among the features"));
            }
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var features = new List<Feature>(names.Count);
        foreach (var name in names)
        {
            if (!seen.Add(name))
            {
                faults.Add(new Fault("features", $"'{name}' is named twice"));
            }
            else if (!frame.Has(name))
            {
                faults.Add(new Fault("features", $"no column '{name}'; there are: {string.Join(", ", frame.Columns.Select(c => c.Name))}"));
            }
            else
            {
                switch (frame[name])
                {
                    case TextColumn text:
                        var (texts, moreTexts) = MostFrequent(text.Values.Where(v => !string.IsNullOrEmpty(v)).Select(v => v!), StringComparer.Ordinal);
                        features.Add(Feature.Text(name, texts, moreTexts));
                        break;
                    case NumericColumn numbers when categorical.Contains(name):
                        var (kept, more) = MostFrequent(numbers.Values.Where(v => !double.IsNaN(v)).Select(v => (float)v), Comparer<float>.Default);
                        features.Add(Feature.NumberCategory(name, kept, more));
                        break;
                    case NumericColumn:
                        features.Add(Feature.Number(name));
                        break;
                    default:
                        faults.Add(new Fault("features", $"'{name}' holds times; derive numbers from it (month, weekday, age) or leave it out"));
                        break;
                }
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new FeatureSet(features);
    }

    // Kept categories are sorted by value, so that codes do not depend on the order of the rows.
    private static (T[] Kept, bool More) MostFrequent<T>(IEnumerable<T> values, IComparer<T> order)
        where T : notnull
    {
        var counts = new Dictionary<T, int>();
        foreach (var value in values)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
        }

        var kept = counts.Count <= Feature.MaxCategories
            ? counts.Keys.ToArray()
            : [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, order).Take(Feature.MaxCategories).Select(c => c.Key)];
        Array.Sort(kept, order);
        return (kept, counts.Count > kept.Length);
    }
}
