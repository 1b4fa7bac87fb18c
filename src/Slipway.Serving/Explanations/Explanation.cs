namespace Slipway.Serving.Explanations;

/// <summary>One output of the model, shared out.</summary>
/// <param name="Name">The class, or the output's name.</param>
/// <param name="BaseValue">The value when nothing is known of the row.</param>
/// <param name="Value">The value for the row: base value plus contributions.</param>
/// <param name="Contributions">One per feature.</param>
internal sealed record ExplainedOutput(string Name, double BaseValue, double Value, IReadOnlyList<double> Contributions);

/// <summary>One row explained.</summary>
/// <param name="Outputs">The output asked for, or all of them.</param>
internal sealed record Explanation(object? Prediction, IReadOnlyList<double>? Probabilities, IReadOnlyList<ExplainedOutput> Outputs);

/// <summary>What the rows of a request were explained with.</summary>
/// <param name="Method">The method that was used, by its full name.</param>
/// <param name="Space"><c>prediction</c>, <c>probability</c>, <c>margin</c> (sums of leaves before the logistic function or softmax) or <c>agreement</c> (1 where the label is the same).</param>
/// <param name="Exact">False for an estimate from sampled coalitions.</param>
/// <param name="Note">Why not another method, in words; null when there is nothing to say.</param>
internal sealed record Explained(
    string Method, string Space, bool Exact, IReadOnlyList<string> Features, IReadOnlyList<string> Classes, IReadOnlyList<Explanation> Rows, BackgroundUsed? Background, string? Note);

/// <param name="Source"><c>request</c>, <c>dataset NAME:VERSION</c>, <c>prediction log</c> or <c>training rows</c> (their counts, which the model carries).</param>
internal sealed record BackgroundUsed(string Source, int Rows);
