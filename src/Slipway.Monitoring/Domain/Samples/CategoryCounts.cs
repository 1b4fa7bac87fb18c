namespace Slipway.Monitoring.Domain.Samples;

/// <summary>How often each value of either sample occurs in both, the values in ascending (ordinal) order.</summary>
internal sealed record CategoryCounts(long[] Reference, long[] Current)
{
    public int Categories => Reference.Length;

    public long ReferenceTotal { get; } = Reference.Sum();

    public long CurrentTotal { get; } = Current.Sum();

    public int DistinctInReference { get; } = Reference.Count(c => c > 0);

    public static CategoryCounts Of(Dictionary<string, int> reference, Dictionary<string, int> current)
    {
        var names = reference.Keys.Union(current.Keys, StringComparer.Ordinal).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return new CategoryCounts(
            Array.ConvertAll(names, n => (long)reference.GetValueOrDefault(n)),
            Array.ConvertAll(names, n => (long)current.GetValueOrDefault(n)));
    }

    public static CategoryCounts Of(NumericSample reference, NumericSample current)
    {
        var inReference = new List<long>();
        var inCurrent = new List<long>();
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        while (groups.MoveNext())
        {
            inReference.Add(groups.InReference);
            inCurrent.Add(groups.InCurrent);
        }

        return new CategoryCounts([.. inReference], [.. inCurrent]);
    }
}
