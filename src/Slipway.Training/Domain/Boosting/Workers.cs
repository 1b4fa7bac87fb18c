namespace Slipway.Training.Domain.Boosting;

/// <summary>
/// Runs independent pieces of work on several cores. Every piece is computed by one thread in a fixed order and the pieces are the same
/// however many threads there are, so the result does not depend on their number.
/// </summary>
internal sealed class Workers(int threads)
{
    /// <summary>Below this many elementary steps (about 1 ns each) waking another core costs more than it saves.</summary>
    private const long WorthWaking = 40_000;

    /// <summary>Rows per piece of row-wise work. Fixed, so that vector tails fall on the same rows whatever the number of threads.</summary>
    public const int RowsPerPiece = 8192;

    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    public void ForEach(int pieces, long steps, Action<int> work)
    {
        if (threads == 1 || pieces == 1 || steps < WorthWaking)
        {
            for (var i = 0; i < pieces; i++)
            {
                work(i);
            }

            return;
        }

        Parallel.For(0, pieces, _options, work);
    }

    /// <summary>Calls with (from, until) for consecutive ranges of rows.</summary>
    public void ForRows(int rows, int stepsPerRow, Action<int, int> work) => ForEach(
        (rows + RowsPerPiece - 1) / RowsPerPiece,
        (long)rows * stepsPerRow,
        piece => work(piece * RowsPerPiece, Math.Min(rows, (piece + 1) * RowsPerPiece)));
}
