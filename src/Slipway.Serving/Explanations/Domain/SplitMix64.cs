namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// Random numbers that are the same for the same seed on every machine and in every version of the runtime (Steele, Lea and Flood, 2014), so that an
/// explanation can be had again.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 (inclusive) to 1 (exclusive).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to <paramref name="below"/> (exclusive), which must be above 0. The bias of the multiplication is below 2^-32 here.</summary>
    public int NextBelow(int below) => (int)(((Next() >> 32) * (ulong)below) >> 32);

    /// <summary>Puts the first <paramref name="count"/> places in random order, drawn from all of <paramref name="items"/>.</summary>
    public void Shuffle(Span<int> items, int count)
    {
        for (var i = 0; i < count && i < items.Length - 1; i++)
        {
            var other = i + NextBelow(items.Length - i);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary><paramref name="count"/> of the numbers below <paramref name="from"/> in ascending order; all of them when there are no more.</summary>
    public int[] Sample(int from, int count)
    {
        var all = Enumerable.Range(0, from).ToArray();
        if (count >= from)
        {
            return all;
        }

        Shuffle(all, count);
        var chosen = all[..count];
        Array.Sort(chosen);
        return chosen;
    }
}
