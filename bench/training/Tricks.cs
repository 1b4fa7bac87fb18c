using System.Diagnostics;
using System.Globalization;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Domain.Numerics;

namespace Slipway.Bench.Training;

/// <summary>What each trick of the tree grower saves: nanoseconds per row (or per bin), the least of many short passes, which other load hardly touches.</summary>
internal static class Tricks
{
    private const int Rows = 100_000;

    public static void Measure()
    {
        var random = new SplitMix64(1);
        var column = new byte[Rows];
        var rows = new int[Rows];
        var values = new float[2 * Rows];
        var scores = new double[Rows];
        for (var i = 0; i < Rows; i++)
        {
            (column[i], rows[i], scores[i]) = ((byte)random.NextInt(256), i, (random.NextDouble() * 8) - 4);
            (values[2 * i], values[(2 * i) + 1]) = ((float)random.NextDouble() - 0.5f, 1);
        }

        var table = new byte[256];
        table.AsSpan(0, 128).Fill(1);
        var partition = new RowPartition(rows);
        var (left, right) = (new int[Rows], new int[Rows]);
        Print("partition without branches", Rows, partition.Reset, () => partition.Split(0, Rows, column, table));
        Print("partition with an if", Rows, () => { }, () => WithIf(rows, column, table, left, right));
        var probabilities = new double[Rows];
        Print("sigmoid by vectors", Rows, () => { }, () => Logistic.Sigmoid(scores, probabilities));
        Print("sigmoid by Math.Exp", Rows, () => { }, () => Plain(scores, probabilities));
        var histogram = new double[Histograms.Bins * 4];
        Print("histogram, gradient and count", Rows, () => { }, () => Histograms.BuildConstant(histogram.AsSpan(0, 512), column, rows, values));
        var finder = new SplitFinder(20, 0, 2);
        var bins = FeatureBins.Fit(Slipway.Training.Domain.Features.Feature.Number("x"), Array.ConvertAll(column, b => (float)b), 255, 0);
        Histograms.BuildConstant(histogram.AsSpan(0, 512), column, rows, values);
        Print("split search, per bin", 256, () => { }, () => finder.Find(histogram.AsSpan(0, 512), bins, 0, new NodeSums(0, Rows, Rows)));
        Print("histogram, with hessian", Rows, () => { }, () => Histograms.BuildWeighted(histogram, column, rows, values));
        var parent = new double[Histograms.Bins * 4];
        Print("sibling by subtraction, per bin", 256, () => { }, () => Histograms.Subtract(parent, histogram, Histograms.Bins * 2));
    }

    private static void Print(string what, int units, Action prepare, Action pass)
    {
        var least = TimeSpan.MaxValue;
        // A second is long enough for the runtime to have compiled the pass with all optimisations.
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(1))
        {
            prepare();
            var start = Stopwatch.GetTimestamp();
            pass();
            var elapsed = Stopwatch.GetElapsedTime(start);
            least = elapsed < least ? elapsed : least;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-34} {least.TotalNanoseconds / units,6:F2} ns"));
    }

    private static int WithIf(int[] rows, byte[] column, byte[] table, int[] left, int[] right)
    {
        var (l, r) = (0, 0);
        foreach (var row in rows)
        {
            if (table[column[row]] != 0)
            {
                left[l++] = row;
            }
            else
            {
                right[r++] = row;
            }
        }

        return l;
    }

    private static void Plain(double[] x, double[] result)
    {
        for (var i = 0; i < x.Length; i++)
        {
            result[i] = Logistic.Sigmoid(x[i]);
        }
    }
}
