using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Rows;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>
/// Kernel SHAP over any model: absent features take their values from every background row in turn. Exact up to 12 features where the budget allows it,
/// an estimate from sampled coalitions beyond.
/// </summary>
internal static class KernelMethod
{
    private const int MostExactFeatures = 12;
    private const int BlockRows = 4096;

    /// <param name="Exact">All rows were explained from all coalitions.</param>
    public sealed record Outcome(IReadOnlyList<IReadOnlyList<ExplainedOutput>> Rows, bool Exact);

    /// <param name="answers">The model's answers to <paramref name="rows"/>.</param>
    public static async Task<Result<Outcome>> RunAsync(
        ModelFunction model, FeatureRows rows, ModelAnswers answers, FeatureRows background, Players players, Target target, KernelSettings settings, CancellationToken cancellation)
    {
        if (!(await model.RunAsync(background, background.Count, cancellation)).TryGet(out var behind, out var problem))
        {
            return problem;
        }

        var empty = Mean(Enumerable.Range(0, background.Count).Select(b => target.Values(behind, b)), target.Names.Count);
        var (explained, exact) = (new List<IReadOnlyList<ExplainedOutput>>(), true);
        for (var row = 0; row < rows.Count; row++)
        {
            if (!target.Choose(settings.Class, answers, row).TryGet(out var chosen, out problem))
            {
                return problem;
            }

            var full = target.Values(answers, row);

            // Who has the same value in every background row changes nothing, present or absent.
            int[] varying = [.. Enumerable.Range(0, players.Count).Where(p => Varies(rows, row, background, players.Columns[p]))];
            var contributions = new double[target.Names.Count * players.Count];
            if (varying.Length > 0)
            {
                var most = varying.Length <= MostExactFeatures ? Math.Max(1 << varying.Length, settings.SamplesFor(varying.Length)) : settings.SamplesFor(varying.Length);
                most = (int)Math.Min(most, Math.Max(2, model.Left / Math.Max(1, rows.Count - row) / background.Count));
                if (varying.Length > 1 && most < 2 * varying.Length)
                {
                    return new Problem(ProblemCode.TooLarge, $"{varying.Length} features and {background.Count} background rows need more model rows than one request may "
                        + "compute (Serving:Explanations:MaxEvaluations); send fewer rows, set fewer background_rows, or put features into groups");
                }

                var plan = CoalitionPlan.Make(varying.Length, most, new SplitMix64((ulong)settings.Seed));
                exact &= plan.IsExact;
                if (!(await ValuesAsync(model, rows, row, background, players, varying, plan, target, cancellation)).TryGet(out var values, out problem))
                {
                    return problem;
                }

                var found = KernelShapley.Solve(plan, values, empty, full);
                for (var k = 0; k < target.Names.Count; k++)
                {
                    for (var i = 0; i < varying.Length; i++)
                    {
                        contributions[(k * players.Count) + varying[i]] = found[(k * varying.Length) + i];
                    }
                }
            }

            var outputs = new List<ExplainedOutput>();
            foreach (var k in chosen)
            {
                var own = contributions.AsSpan(k * players.Count, players.Count);
                if (Additivity.Check(target.Names[k], empty[k], own, full[k]) is { } broken)
                {
                    return broken;
                }

                outputs.Add(new ExplainedOutput(target.Names[k], empty[k], full[k], own.ToArray()));
            }

            explained.Add(outputs);
        }

        return new Outcome(explained, exact);
    }

    /// <summary>coalitions x outputs: the mean over the background.</summary>
    private static async Task<Result<double[][]>> ValuesAsync(
        ModelFunction model, FeatureRows rows, int row, FeatureRows background, Players players, int[] varying, CoalitionPlan plan, Target target, CancellationToken cancellation)
    {
        var values = new double[plan.Coalitions.Count][];
        var perBlock = Math.Max(1, BlockRows / background.Count);
        var mixed = new FeatureRows(rows.Space, perBlock * background.Count);
        for (var from = 0; from < values.Length; from += perBlock)
        {
            var count = Math.Min(perBlock, values.Length - from);
            for (var c = 0; c < count; c++)
            {
                Mix(plan.Coalitions[from + c], c * background.Count);
            }

            if (!(await model.RunAsync(mixed, count * background.Count, cancellation)).TryGet(out var answers, out var problem))
            {
                return problem;
            }

            for (var c = 0; c < count; c++)
            {
                var first = c * background.Count;
                values[from + c] = Mean(Enumerable.Range(first, background.Count).Select(b => target.Values(answers, b)), target.Names.Count);
            }
        }

        return values;

        void Mix(ulong[] coalition, int at)
        {
            for (var b = 0; b < background.Count; b++)
            {
                mixed.CopyRow(at + b, background, b);
                for (var i = 0; i < varying.Length; i++)
                {
                    if (!CoalitionPlan.Has(coalition, i))
                    {
                        continue;
                    }

                    foreach (var column in players.Columns[varying[i]])
                    {
                        mixed.CopyValue(at + b, column, rows, row);
                    }
                }
            }
        }
    }

    private static bool Varies(FeatureRows rows, int row, FeatureRows background, int[] columns) =>
        columns.Any(column => Enumerable.Range(0, background.Count).Any(b => !rows.SameValue(row, column, background, b)));

    private static double[] Mean(IEnumerable<double[]> rows, int outputs)
    {
        var (mean, count) = (new double[outputs], 0);
        foreach (var row in rows)
        {
            count++;
            for (var k = 0; k < outputs; k++)
            {
                mean[k] += row[k];
            }
        }

        for (var k = 0; k < outputs; k++)
        {
            mean[k] /= count;
        }

        return mean;
    }
}

/// <param name="Samples">Coalitions per row; null for 2 x features + 2048.</param>
internal sealed record KernelSettings(string? Class, int? Samples, long Seed)
{
    public int SamplesFor(int features) => Samples ?? ((2 * features) + 2048);
}
