using System.Globalization;

namespace Slipway.Serving.Rollouts.Domain;

/// <summary>When a canary is good enough, and when it is not.</summary>
/// <param name="MinRows">Rows with labels that both versions predicted, before a stage may be passed.</param>
/// <param name="MaxErrorRate">Failed requests by all requests, from 0 to 1; more rolls back.</param>
/// <param name="Confidence">Of the one-sided test that the candidate is worse, below 1: 0.95 rolls a version that is as good back in 5% of the tests.</param>
/// <param name="Tolerance">By how much, as a share of the champion's mean loss, the candidate may be worse and still pass; below 0 it must be better by so much.</param>
/// <param name="MaxWindows">Windows a stage may take; then it is rolled back for want of evidence.</param>
internal sealed record JudgeRule(int MinRows, double MaxErrorRate, double Confidence, double Tolerance, int MaxWindows)
{
    public static JudgeRule Default { get; } = new(MinRows: 20, MaxErrorRate: 0, Confidence: 0.95, Tolerance: 0, MaxWindows: 6);
}

internal enum Verdict
{
    Hold,
    Advance,
    RollBack,
}

/// <param name="Reason">With the figures that led to it.</param>
internal sealed record Judgement(Verdict Verdict, string Reason);

/// <summary>The rule itself: evidence in, judgement out.</summary>
internal static class Judge
{
    /// <param name="windows">Windows that the present stage has had, this one included.</param>
    public static Judgement Stage(Evidence evidence, JudgeRule rule, int windows)
    {
        if (evidence.ErrorRate > rule.MaxErrorRate)
        {
            return new Judgement(
                Verdict.RollBack,
                Text($"{evidence.Errors} of {evidence.Requests} requests failed ({evidence.ErrorRate:P2}, {rule.MaxErrorRate:P2} allowed)"));
        }

        if (WorseThanChance(evidence, rule.Confidence) is { } worse)
        {
            return new Judgement(Verdict.RollBack, worse);
        }

        var margin = rule.Tolerance * (evidence.AgainstLoss ?? 0);
        if (evidence.Rows >= rule.MinRows && evidence.MeanDifference <= margin)
        {
            return new Judgement(Verdict.Advance, $"{(evidence.MeanDifference < 0 ? "better" : "as good")} on the same rows: {Figures(evidence)}, {Text($"at most {margin:G4} allowed")}");
        }

        // Without a tolerance there is no margin to be beyond: then only the test, or too many windows, says no.
        if (evidence.Rows >= rule.MinRows && rule.Tolerance > 0)
        {
            return new Judgement(Verdict.RollBack, $"worse than tolerated: {Figures(evidence)}, {Text($"at most {margin:G4} allowed")}");
        }

        return windows >= rule.MaxWindows
            ? new Judgement(Verdict.RollBack, $"not shown to be good within {windows} windows: {Figures(evidence)}, {rule.MinRows} rows needed")
            : new Judgement(Verdict.Hold, $"waiting for more: {Figures(evidence)}, {rule.MinRows} rows needed, window {windows} of at most {rule.MaxWindows}");
    }

    /// <summary>After the promotion: the reason to take it back, or null.</summary>
    public static string? Regret(Evidence evidence, JudgeRule rule) => WorseThanChance(evidence, rule.Confidence);

    public static string Figures(Evidence evidence)
    {
        var share = evidence.AgainstLoss is > 0 and var loss ? Text($" ({evidence.MeanDifference / loss:+0.0%;-0.0%;0.0%} of {loss:G4})") : "";
        return evidence.Rows == 0 ? "no rows with labels that both predicted yet" : Text($"mean loss difference {evidence.MeanDifference:G4}{share} over {evidence.Rows} rows");
    }

    private static string? WorseThanChance(Evidence evidence, double confidence)
    {
        var chance = evidence.ChanceOfWorse();
        return chance <= 1 - confidence ? $"significantly worse: {Figures(evidence)}, {Text($"p = {chance:G3}, {1 - confidence:G3} is the limit")}" : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
