namespace Slipway.Serving.Domain;

/// <summary>
/// How many copies a model should have, from what was measured. More of them at once, fewer only when none was needed for the whole window: a copy
/// costs seconds to make and little to keep.
/// </summary>
internal sealed class Autoscaler
{
    /// <summary>A load is judged by the mean of its last samples; one alone may be chance.</summary>
    private const int Smoothed = 4;

    private readonly Queue<double> _loads = new();
    private readonly Queue<(TimeSpan At, int Wanted)> _wanted = new();

    /// <summary>Call it at an even pace.</summary>
    /// <param name="now">Of any clock that only goes forward.</param>
    /// <param name="load">Requests at a time, or per second, of all copies together, since the last call.</param>
    public int Decide(ScaleSpec scale, TimeSpan now, double load)
    {
        _loads.Enqueue(load);
        while (_loads.Count > Smoothed)
        {
            _loads.Dequeue();
        }

        // A hair above the target is not worth a copy.
        var needed = (int)Math.Min(Math.Ceiling((_loads.Average() / scale.Target) - 0.05), int.MaxValue);
        var wanted = Math.Clamp(needed, Least(scale), Math.Max(scale.Max, Least(scale)));
        _wanted.Enqueue((now, wanted));
        while (_wanted.Peek().At < now - scale.Window)
        {
            _wanted.Dequeue();
        }

        return Math.Clamp(_wanted.Max(w => w.Wanted), Least(scale), Math.Max(scale.Max, Least(scale)));
    }

    /// <summary>A model that is awake has a copy.</summary>
    private static int Least(ScaleSpec scale) => Math.Max(1, scale.Min);
}
