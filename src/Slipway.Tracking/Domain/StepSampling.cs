namespace Slipway.Tracking.Domain;

/// <summary>Chooses the steps that a chart of several runs shows when there are more than it has room for.</summary>
internal static class StepSampling
{
    /// <summary>
    /// At most <paramref name="most"/> steps evenly spread over those that were logged between <paramref name="first"/> and <paramref name="last"/>,
    /// with the first and last step of each run besides, so that no curve is cut short.
    /// </summary>
    /// <param name="runs">The steps of each run, in any order.</param>
    /// <param name="first">Null together with <paramref name="last"/>: from 0 to the greatest step.</param>
    public static HashSet<long> Choose(IReadOnlyList<IReadOnlyList<long>> runs, int most, long? first, long? last)
    {
        var all = runs.SelectMany(r => r).Distinct().Order().ToArray();
        var (from, until) = (first ?? 0, last ?? (all.Length > 0 ? all[^1] : 0));
        var chosen = runs.Where(r => r.Count > 0).SelectMany(r => new[] { r.Min(), r.Max() }).Where(s => s >= from && s <= until).ToHashSet();
        var (start, end) = (LowerBound(all, from), LowerBound(all, until == long.MaxValue ? until : until + 1));
        if (end - start <= most)
        {
            chosen.UnionWith(all[start..end]);
            return chosen;
        }

        var spacing = (end - start) / (double)most;
        for (var i = 0; i < most; i++)
        {
            chosen.Add(all[start + (int)(i * spacing)]);
        }

        chosen.Add(all[end - 1]);
        return chosen;
    }

    // The first place whose step is not smaller.
    private static int LowerBound(long[] sorted, long value)
    {
        var place = Array.BinarySearch(sorted, value);
        return place < 0 ? ~place : place;
    }
}
