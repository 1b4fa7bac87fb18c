using System.Globalization;

namespace Slipway.Loop.Domain;

/// <summary>A contender on the held-out rows. <paramref name="Version"/> null is the challenger just trained.</summary>
internal sealed record Contender(int? Version, double MeanLoss, double MeanDifference, double DifferenceVariance);

internal sealed record GateVerdict(bool Passed, int? Version, string Reason);

/// <summary>
/// Who may try for champion: the challenger, or a former version, when it is better than the champion on the same held-out rows with some confidence.
/// The gate is the first hurdle only; the rollout on live traffic is the second, so one that noise let through does no harm.
/// </summary>
internal static class GateRule
{
    /// <summary>
    /// Normal quantiles of 1 - 0.05 / m for m contenders: with six of them tried at 95 % each, one in four gates would let mere noise through.
    /// </summary>
    private static readonly double[] Quantiles = [1.645, 1.960, 2.128, 2.241, 2.326, 2.394];

    /// <summary>A gain smaller than this is not worth a rollout, however sure it is.</summary>
    private const double LeastGain = 0.02;

    /// <summary>A former version must beat the new one by this much, or the new one goes: it knows the newest rows.</summary>
    private const double FormerMustBeBetterBy = 0.05;

    /// <param name="champion">The champion's mean loss; null when there is none yet.</param>
    public static GateVerdict Judge(double? champion, IReadOnlyList<Contender> contenders, int rows)
    {
        var challenger = contenders.First(c => c.Version is null);
        if (champion is not { } reigning)
        {
            return new GateVerdict(true, null, "the first model: there is no champion to beat");
        }

        var quantile = Quantiles[Math.Min(contenders.Count, Quantiles.Length) - 1];
        var winners = contenders.Where(c => Z(c, rows) <= -quantile && c.MeanDifference <= -LeastGain * reigning).ToList();
        if (winners.Count == 0)
        {
            return new GateVerdict(false, null, Text(
                $"challenger's loss {challenger.MeanLoss:G4} against the champion's {reigning:G4} on {rows} rows (z = {Z(challenger, rows):0.0}): not better with confidence"));
        }

        var former = winners.Where(c => c.Version is not null).MinBy(c => c.MeanLoss);
        var choice = former is not null && (!winners.Contains(challenger) || former.MeanLoss < challenger.MeanLoss * (1 - FormerMustBeBetterBy)) ? former : challenger;
        var who = choice.Version is { } version ? $"former version {version}'s" : "challenger's";
        return new GateVerdict(true, choice.Version, Text(
            $"{who} loss {choice.MeanLoss:G4} against the champion's {reigning:G4} on {rows} rows (z = {Z(choice, rows):0.0})"));
    }

    private static double Z(Contender contender, int rows)
    {
        var error = Math.Sqrt(contender.DifferenceVariance / Math.Max(1, rows));
        return error > 0 ? contender.MeanDifference / error : contender.MeanDifference < 0 ? double.NegativeInfinity : 0;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
