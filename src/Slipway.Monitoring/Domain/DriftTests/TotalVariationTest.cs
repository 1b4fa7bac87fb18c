using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Total variation distance; p is the share of random relabellings that lie at least as far apart.</summary>
internal sealed class TotalVariationTest : IDriftTest
{
    public string Name => "TVD";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Counted(pair);

    /// <summary>Few categories are cheap to redraw, so that p carries little noise (a standard error of at most 0.005).</summary>
    private const int Permutations = 10_000;

    private const int PermutationsWithManyCategories = 1_000;

    private const int ManyCategories = 50;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        var observed = Gap(counts.Reference, counts);
        var random = new Random(seed);
        var permutations = counts.Categories > ManyCategories ? PermutationsWithManyCategories : Permutations;
        var redrawn = new long[counts.Categories];
        var asFar = 0;
        for (var i = 0; i < permutations; i++)
        {
            Redraw(counts, redrawn, random);
            asFar += Gap(redrawn, counts) >= observed ? 1 : 0;
        }

        return new DriftScore((double)observed / 2 / ((double)counts.ReferenceTotal * counts.CurrentTotal), (double)asFar / permutations);
    }

    /// <summary>Twice the distance times both sizes: whole numbers, so that ties among permutations are ties.</summary>
    private static Int128 Gap(long[] reference, CategoryCounts counts)
    {
        Int128 sum = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            var current = counts.Reference[i] + counts.Current[i] - reference[i];
            sum += Math.Abs((reference[i] * counts.CurrentTotal) - (current * counts.ReferenceTotal));
        }

        return sum;
    }

    /// <summary>A random relabelling of the pooled rows, drawn category by category instead of shuffling the rows.</summary>
    private static void Redraw(CategoryCounts counts, long[] reference, Random random)
    {
        var (population, draws) = (counts.ReferenceTotal + counts.CurrentTotal, counts.ReferenceTotal);
        for (var i = 0; i < reference.Length; i++)
        {
            var marked = counts.Reference[i] + counts.Current[i];
            reference[i] = Hypergeometric.Sample(population, marked, draws, random);
            (population, draws) = (population - marked, draws - reference[i]);
        }
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
