namespace Slipway.Loop.Domain;

/// <param name="Rows">Newest rows to train on; <see cref="int.MaxValue"/> is all.</param>
internal sealed record Candidate(string Algorithm, int Rows, string Label);

/// <summary>
/// Training windows worth trying: multiples of the first one, and everything. Short ones serve where the world moves, long ones where it only
/// wobbles or comes back; which it is, the newest labels say.
/// </summary>
internal static class CandidateWindows
{
    private static readonly (double Share, string Label)[] Shares = [(0.25, "1/4"), (0.5, "1/2"), (1, "1"), (2, "2"), (4, "4")];

    /// <param name="available">Rows there are before the held-out ones.</param>
    public static IReadOnlyList<Candidate> For(string algorithm, int firstTrainingRows, int available)
    {
        var candidates = new List<Candidate>();
        foreach (var (share, label) in Shares)
        {
            var rows = (int)(firstTrainingRows * share);
            if (rows is >= 50 && rows < available * 0.9)
            {
                candidates.Add(new Candidate(algorithm, rows, $"{label} x first window"));
            }
        }

        candidates.Add(new Candidate(algorithm, int.MaxValue, "all rows"));
        // The baseline: cheap, and better than trees wherever a trend must be carried on.
        candidates.Add(new Candidate("linear", Math.Min(firstTrainingRows, available), "1 x first window"));
        return candidates;
    }

    /// <summary>The best by loss; of those within one percent of it the one with most rows, which is the steadier.</summary>
    public static int Choose(IReadOnlyList<(Candidate Candidate, double Loss)> tried)
    {
        // A model that diverged predicts NaN: it is the worst there is, not a reason to stop.
        double[] losses = [.. tried.Select(t => double.IsNaN(t.Loss) ? double.PositiveInfinity : t.Loss)];
        var best = losses.Min();
        return tried.Index()
            .Where(t => losses[t.Index] <= best * 1.01)
            .MaxBy(t => t.Item.Candidate.Rows)
            .Index;
    }
}
