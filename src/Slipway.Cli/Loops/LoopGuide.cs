namespace Slipway.Cli.Loops;

/// <summary>Says in short words what a step of the loop is, the first time it happens.</summary>
internal sealed class LoopGuide
{
    // Looked up by the words of an event's kind, in this order.
    private static readonly (string Word, string Meaning)[] Meanings =
    [
        ("dataset", "DATA: the file is kept under the hash of its bytes, with its columns, types and a profile."),
        ("rollback", "ROLLBACK: the new version did worse on live requests, so the one before takes all of them again."),
        ("rolled", "ROLLBACK: the new version did worse on live requests, so the one before takes all of them again."),
        ("reject", "GATE: the challenger did not beat the champion on the newest labels, so it is not let near any request."),
        ("canary", "CANARY: the better model gets 10 % of the requests, then 50 %, then all, and is judged at each step."),
        ("promot", "PROMOTION: the canary held up on live requests; it is the champion now."),
        ("register", "REGISTRY: the model gets a version number and its lineage: code, data, parameters, metrics."),
        ("train", "TRAINING: a pipeline splits by time, trains, and compares with the champion on the newest labels."),
        ("fault", "A FAULT ON PURPOSE: the next challenger is trained on corrupted data, to show what catches it."),
        ("drift", "MONITOR: the incoming data no longer looks like what the model has learnt from."),
        ("degrad", "MONITOR: true values have arrived, and the errors are larger than they were."),
        ("trigger", "TRIGGER: the policy says that it is time to retrain."),
        ("serv", "SERVING: the champion answers requests over the Open Inference Protocol."),
    ];

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
    public string? Explain(string kind)
    {
        foreach (var (word, meaning) in Meanings)
        {
            if (kind.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return _said.Add(meaning) ? meaning : null;
            }
        }

        return null;
    }
}
