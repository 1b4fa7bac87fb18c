using Slipway.Kernel.Frames;

namespace Slipway.Loop.Domain;

/// <summary>
/// Which of the newest rows models are compared on. A tenth of the first training window, at least 50 and at most 5,000 rows (but never more than a
/// third of what there is): long enough to tell models apart, short enough to be about now. Rows of one instant stay together.
/// </summary>
internal static class Holdout
{
    /// <summary>The first held-out row of a table in time order.</summary>
    public static int FirstRow(TimeColumn time, int firstTrainingRows)
    {
        var wanted = Math.Min(Math.Clamp(firstTrainingRows / 10, 50, 5_000), time.Count / 3);
        var row = time.Count - wanted;
        while (row > 0 && row < time.Count && time.Micros[row] == time.Micros[row - 1])
        {
            row--;
        }

        return row;
    }
}
