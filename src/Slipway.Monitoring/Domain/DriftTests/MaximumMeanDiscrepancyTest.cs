using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Unbiased squared maximum mean discrepancy with a Gaussian kernel; p from random relabellings.</summary>
internal sealed class MaximumMeanDiscrepancyTest : IDriftTest
{
    public string Name => "empirical_mmd";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair) && Math.Min(pair.ReferenceCount, pair.CurrentCount) >= 2;

    /// <summary>Evidently permutes 100 times; five times as many estimate the same p with half the noise.</summary>
    private const int Permutations = 500;

    /// <summary>Larger samples are thinned to this many values each: the kernel matrix grows with the square (1,000 + 1,000 values: 32 MB).</summary>
    private const int MaxSample = 1_000;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var random = new Random(seed);
        var kernel = new GaussianKernel(Thin(pair.Reference.Sorted, random), Thin(pair.Current.Sorted, random));
        var observed = kernel.ObservedDiscrepancy();
        var asFar = 0;
        for (var i = 0; i < Permutations; i++)
        {
            asFar += observed <= kernel.PermutedDiscrepancy(random) ? 1 : 0;
        }

        return new DriftScore(observed, (double)asFar / Permutations);
    }

    private static double[] Thin(double[] values, Random random)
    {
        if (values.Length <= MaxSample)
        {
            return values;
        }

        double[] drawn = [.. values];
        for (var i = 0; i < MaxSample; i++)
        {
            var other = random.Next(i, drawn.Length);
            (drawn[i], drawn[other]) = (drawn[other], drawn[i]);
        }

        return drawn[..MaxSample];
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
