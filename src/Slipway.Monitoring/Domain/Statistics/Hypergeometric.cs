using MathNet.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>Drawing <c>draws</c> items without replacement out of <c>population</c>, of which <c>marked</c> are marked: how many marked ones come.</summary>
internal static class Hypergeometric
{
    /// <summary>Fisher's two-sided p: everything not likelier than what was observed, ties within 1e-7 included.</summary>
    public static double TwoSidedPValue(long observed, long population, long marked, long draws)
    {
        var (low, high) = (Math.Max(0, draws + marked - population), Math.Min(draws, marked));
        var mode = Mode(population, marked, draws);
        var weights = new double[high - low + 1];
        weights[mode - low] = 1;
        for (var x = mode; x < high; x++)
        {
            weights[x + 1 - low] = weights[x - low] * Up(x, population, marked, draws);
        }

        for (var x = mode; x > low; x--)
        {
            weights[x - 1 - low] = weights[x - low] / Up(x - 1, population, marked, draws);
        }

        double all = 0, extreme = 0;
        var bound = weights[observed - low] * (1 + 1e-7);
        foreach (var weight in weights)
        {
            all += weight;
            extreme += weight <= bound ? weight : 0;
        }

        return Math.Min(1, extreme / all);
    }

    /// <summary>One draw by inversion, walking outwards from the mode: about one standard deviation of steps.</summary>
    public static long Sample(long population, long marked, long draws, Random random)
    {
        var (low, high) = (Math.Max(0, draws + marked - population), Math.Min(draws, marked));
        if (low == high)
        {
            return low;
        }

        var mode = Mode(population, marked, draws);
        var atMode = Math.Exp(
            LogChoose(marked, mode) + LogChoose(population - marked, draws - mode) - LogChoose(population, draws));
        var left = random.NextDouble() - atMode;
        var (down, up, downWeight, upWeight) = (mode, mode, atMode, atMode);
        var found = mode;
        while (left > 0 && (down > low || up < high))
        {
            if (up < high)
            {
                upWeight *= Up(up++, population, marked, draws);
                left -= upWeight;
                found = up;
            }

            if (left > 0 && down > low)
            {
                downWeight /= Up(--down, population, marked, draws);
                left -= downWeight;
                found = down;
            }
        }

        return found;
    }

    private static long Mode(long population, long marked, long draws) =>
        (long)((draws + 1.0) * (marked + 1.0) / (population + 2.0)) is var mode
            ? Math.Clamp(mode, Math.Max(0, draws + marked - population), Math.Min(draws, marked))
            : 0;

    /// <summary>P(x + 1) / P(x).</summary>
    private static double Up(long x, long population, long marked, long draws) =>
        (double)(marked - x) * (draws - x) / ((x + 1.0) * (population - marked - draws + x + 1.0));

    private static double LogChoose(long n, long k) =>
        SpecialFunctions.GammaLn(n + 1.0) - SpecialFunctions.GammaLn(k + 1.0) - SpecialFunctions.GammaLn(n - k + 1.0);
}
