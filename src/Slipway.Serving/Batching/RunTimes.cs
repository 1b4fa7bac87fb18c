using System.Numerics;

namespace Slipway.Serving.Batching;

/// <summary>
/// How long a model's runs take, by the power of two of their rows: moving averages from which waits are foretold. Written by any thread; a lost
/// update is one measure less.
/// </summary>
internal sealed class RunTimes
{
    private const int Powers = 20;

    /// <summary>Weight of the newest run: some ten runs and an old model's time is forgotten.</summary>
    private const double Newest = 0.2;

    private readonly double[] _seconds = new double[Powers];

    public void Add(int rows, TimeSpan took)
    {
        ref var place = ref _seconds[PlaceOf(rows)];
        var known = Volatile.Read(ref place);
        var seconds = Math.Max(took.TotalSeconds, 1e-9);
        Volatile.Write(ref place, known == 0 ? seconds : known + (Newest * (seconds - known)));
    }

    /// <summary>
    /// What a run of so many rows will take; zero while nothing is known. Sizes never seen count as the nearest smaller one: whoever waits is
    /// rather let in than turned away on a guess.
    /// </summary>
    public TimeSpan Expect(int rows)
    {
        var place = PlaceOf(rows);
        for (var i = place; i >= 0; i--)
        {
            if (Volatile.Read(ref _seconds[i]) is > 0 and var smaller)
            {
                return TimeSpan.FromSeconds(smaller);
            }
        }

        for (var i = place + 1; i < Powers; i++)
        {
            if (Volatile.Read(ref _seconds[i]) is > 0 and var larger)
            {
                return TimeSpan.FromSeconds(larger);
            }
        }

        return TimeSpan.Zero;
    }

    private static int PlaceOf(int rows) => Math.Min(BitOperations.Log2((uint)Math.Max(rows, 1)), Powers - 1);
}
