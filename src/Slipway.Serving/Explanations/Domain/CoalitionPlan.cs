namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// Which coalitions of players are tried out to estimate Shapley values, and how much each counts in the least squares of Kernel SHAP (Lundberg and Lee,
/// 2017). All of them when that is affordable; else whole sizes from the outside in, because there the weight is, then random ones of the other sizes,
/// each with its complement, which cancels much of the noise.
/// </summary>
internal sealed class CoalitionPlan
{
    /// <summary>2^20 coalitions; more are never affordable.</summary>
    private const int MostExact = 20;

    private CoalitionPlan(int players, bool exact, List<ulong[]> coalitions, List<double> weights) =>
        (Players, IsExact, Coalitions, Weights) = (players, exact, coalitions, weights);

    public int Players { get; }

    /// <summary>Every coalition is there, in the order of their bits, the empty and the full one included.</summary>
    public bool IsExact { get; }

    /// <summary>Bits of the players that are present.</summary>
    public IReadOnlyList<ulong[]> Coalitions { get; }

    /// <summary>Without meaning when exact.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <param name="players">At least 1.</param>
    /// <param name="most">Coalitions that may be tried, at least 2 x players for an answer of any use.</param>
    public static CoalitionPlan Make(int players, int most, SplitMix64 random)
    {
        var words = (players + 63) / 64;
        if (players <= MostExact && 1 << players <= Math.Max(2, most))
        {
            var all = Enumerable.Range(0, 1 << players).Select(bits => new[] { (ulong)bits }).ToList();
            return new CoalitionPlan(players, true, all, [.. all.Select(_ => 1.0)]);
        }

        var drawn = new Drawing(players, words);
        var sizes = SizeWeights(players);
        var size = 1;
        for (; size <= players / 2; size++)
        {
            var paired = size != players - size;
            var count = Choose(players, size) * (paired ? 2 : 1);
            if (count > most - drawn.Count)
            {
                break;
            }

            drawn.AddAll(size, paired, sizes[size] / count);
        }

        if (size <= players / 2)
        {
            drawn.AddSampled(sizes, size, most - drawn.Count, random);
        }

        return new CoalitionPlan(players, false, drawn.Coalitions, drawn.Weights);
    }

    public static bool Has(ulong[] coalition, int player) => (coalition[player >> 6] >> (player & 63) & 1) != 0;

    /// <summary>The weight of all coalitions of a size together with those of the complementary size, for sizes up to half; they sum to 1.</summary>
    private static double[] SizeWeights(int players)
    {
        var weights = new double[(players / 2) + 1];
        for (var size = 1; size < weights.Length; size++)
        {
            // The kernel times the number of coalitions of that size.
            weights[size] = (players - 1.0) / ((double)size * (players - size)) * (size == players - size ? 1 : 2);
        }

        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>How many coalitions of that size there are; the greatest number where that is too many to count.</summary>
    private static double Choose(int players, int size)
    {
        var count = 1.0;
        for (var i = 1; i <= size; i++)
        {
            count = count * (players - size + i) / i;
        }

        return Math.Round(count);
    }

    private sealed class Drawing(int players, int words)
    {
        public List<ulong[]> Coalitions { get; } = [];

        public List<double> Weights { get; } = [];

        public int Count => Coalitions.Count;

        public void AddAll(int size, bool paired, double weight)
        {
            var chosen = Enumerable.Range(0, size).ToArray();
            while (true)
            {
                Add(Bits(chosen), weight);
                if (paired)
                {
                    Add(Complement(Bits(chosen)), weight);
                }

                var last = size - 1;
                while (last >= 0 && chosen[last] == players - size + last)
                {
                    last--;
                }

                if (last < 0)
                {
                    return;
                }

                chosen[last]++;
                for (var i = last + 1; i < size; i++)
                {
                    chosen[i] = chosen[i - 1] + 1;
                }
            }
        }

        public void AddSampled(double[] sizes, int from, int most, SplitMix64 random)
        {
            var left = sizes.Skip(from).Sum();
            var places = new Dictionary<string, int>(StringComparer.Ordinal);
            var (first, drawn) = (Count, 0);
            var order = new int[players];

            // The same one may come again and then only counts more; a limit on the draws ends a search for the last few.
            for (var draws = 0; Count - first + 1 < most && draws < most * 4L; draws++)
            {
                var size = from;
                for (var place = random.NextDouble() * left; size < sizes.Length - 1 && place >= sizes[size]; size++)
                {
                    place -= sizes[size];
                }

                for (var i = 0; i < players; i++)
                {
                    order[i] = i;
                }

                random.Shuffle(order, size);
                var coalition = Bits(order.AsSpan(0, size));
                foreach (var one in new[] { coalition, Complement(coalition) })
                {
                    var key = string.Join(',', one);
                    if (places.TryGetValue(key, out var at))
                    {
                        Weights[at]++;
                    }
                    else
                    {
                        places[key] = Count;
                        Add(one, 1);
                    }

                    drawn++;
                }
            }

            for (var i = first; i < Count; i++)
            {
                Weights[i] *= left / drawn;
            }
        }

        private void Add(ulong[] coalition, double weight)
        {
            Coalitions.Add(coalition);
            Weights.Add(weight);
        }

        private ulong[] Bits(ReadOnlySpan<int> chosen)
        {
            var bits = new ulong[words];
            foreach (var player in chosen)
            {
                bits[player >> 6] |= 1UL << (player & 63);
            }

            return bits;
        }

        private ulong[] Complement(ulong[] coalition)
        {
            var bits = new ulong[words];
            for (var word = 0; word < words; word++)
            {
                var used = players - (word * 64) >= 64 ? ulong.MaxValue : (1UL << (players - (word * 64))) - 1;
                bits[word] = ~coalition[word] & used;
            }

            return bits;
        }
    }
}
