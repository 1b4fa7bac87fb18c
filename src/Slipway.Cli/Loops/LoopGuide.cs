namespace Slipway.Cli.Loops;

/// <summary>Says in short words what a step of the loop is, the first time it happens.</summary>
internal sealed class LoopGuide
{
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["training"] = "TRAINING: a pipeline cuts the data by time, trains a challenger, and compares it with the champion on the newest labels.",
        ["trained"] = "THE GATE: the challenger did better on labels that neither model had seen, so it may go on.",
        ["rejected"] = "THE GATE: the challenger did not beat the champion on the newest labels, so it is kept away from requests.",
        ["registered"] = "THE REGISTRY: the model gets a version number and its lineage: code, data, parameters, metrics.",
        ["canary"] = "THE CANARY: the new version gets 10 % of the requests, then 50 %, then all, and its live errors are judged at each step.",
        ["promoted"] = "PROMOTION: the new version held up on live requests; it is the champion now.",
        ["confirmed"] = "CONFIRMED: the new champion was still the better one some windows later; the way back is closed.",
        ["rolledback"] = "ROLLBACK: the new version did worse on live requests; the one before answers all of them again.",
        ["failed"] = "A FAILED TRAINING: the champion goes on answering; the loop tries again when there is reason to.",
    };

    private readonly HashSet<string> _said = [];

    public void Introduce(TextWriter output) => output.WriteLine(
        """
        Slipway demo: a model that keeps itself fresh.

          The data    house prices in Texas, month by month, 2000 to 2015. Prices change in earnest,
                      so a model of 2002 is useless ten years later.
          The replay  month after month, real rows go to the model as requests; the true prices follow.
          The loop    watches its own errors, retrains when they grow, tries the new model on a few
                      requests first, and takes it back if it is worse. Nobody has to step in.

        """);

    /// <summary>Null when there is nothing to say, or it was said before.</summary>
    public string? Explain(string kind) => Meanings.TryGetValue(kind, out var meaning) && _said.Add(kind) ? meaning : null;
}
