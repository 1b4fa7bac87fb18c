using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Rows;
using Slipway.Serving.Explanations.Trees;
using Slipway.Serving.Models;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>Exact Shapley values of the sums of a model's trees, in terms of what the caller sent.</summary>
internal static class TreeMethod
{
    public const string PathDependent = "tree-path-dependent";
    public const string Interventional = "tree-interventional";

    /// <param name="Names">Of the ensemble's outputs.</param>
    public sealed record Outcome(string Method, string Space, IReadOnlyList<string> Names, IReadOnlyList<IReadOnlyList<ExplainedOutput>> Rows);

    /// <summary>The columns of the model's inputs that each column of the trees comes from; null when a step before the trees mixes columns.</summary>
    public static int[]? Origins(TreeModel trees, FeatureSpace space) =>
        ColumnOrigins.Of(trees.Graph, [.. space.Inputs.Select(i => (i.Name, i.Width))]) is { } origins
        && trees.Trees.Nodes.All(n => n.IsLeaf || n.Column < origins.Length) ? origins : null;

    /// <param name="background">Null explains by the counts of training rows that the model carries.</param>
    /// <param name="countOnly">The background rows only say how many rows go which way.</param>
    public static Result<Outcome> Run(
        TreeModel trees, int[] origins, Players players, OutputRoles roles, FeatureRows rows, FeatureRows? background, bool countOnly, string? asked, CancellationToken cancellation)
    {
        int[] playerOf = [.. origins.Select(column => players.Of[column])];
        var names = NamesOf(trees.Graph.Ensemble, roles);
        if (!Seen(trees, rows, cancellation).TryGet(out var seen, out var problem))
        {
            return problem;
        }

        var margins = new double[rows.Count][];
        for (var row = 0; row < rows.Count; row++)
        {
            trees.Trees.Margin(seen.Rows[row], margins[row] = new double[trees.Trees.Outputs]);
            if (Scores.Check(trees.Graph.Ensemble, names, margins[row], seen.Scores[row]) is { } misread)
            {
                return misread;
            }
        }

        double[][]? others = null;
        if (background is not null)
        {
            if (!Seen(trees, background, cancellation).TryGet(out var behind, out problem))
            {
                return problem;
            }

            others = behind.Rows;
        }

        var pathDependent = others is null || countOnly;
        PathDependentShapley? byPaths = null;
        if (pathDependent)
        {
            byPaths = others is null ? trees.ByOwnCovers(playerOf)
                : TreePaths.Compile(trees.Trees, playerOf, trees.Trees.CountCovers(others)) is { } paths ? new PathDependentShapley(paths)
                : null;
            if (byPaths is null)
            {
                return new Problem(ProblemCode.Unsupported, $"The forest is too large for {PathDependent} (more than {TreePaths.MostElements} steps on the way to its leaves); "
                    + $"use {Interventional} with a background");
            }
        }

        var byRows = pathDependent ? null : new InterventionalShapley(trees.Trees, playerOf, players.Count, others!);
        var explained = new List<IReadOnlyList<ExplainedOutput>>();
        for (var row = 0; row < rows.Count; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            var contributions = new double[trees.Trees.Outputs * players.Count];
            byPaths?.Explain(seen.Rows[row], contributions, players.Count);
            byRows?.Explain(seen.Rows[row], contributions, cancellation);
            if (!Choose(trees.Graph.Ensemble, names, roles, asked, margins[row]).TryGet(out var chosen, out problem)
                || !Tell(chosen, names, byPaths?.BaseValues ?? byRows!.BaseValues, margins[row], contributions, players.Count).TryGet(out var outputs, out problem))
            {
                return problem;
            }

            explained.Add(outputs);
        }

        return new Outcome(pathDependent ? PathDependent : Interventional, trees.Graph.IsPrediction && roles.Probabilities < 0 && !roles.Classifies ? "prediction" : "margin", names, explained);
    }

    private static Result<(double[][] Rows, double[][] Scores)> Seen(TreeModel trees, FeatureRows rows, CancellationToken cancellation)
    {
        using var request = rows.ToRequest(0, rows.Count);
        return trees.Run(request, cancellation);
    }

    private static Result<IReadOnlyList<ExplainedOutput>> Tell(
        IReadOnlyList<(int Output, string Name, int Sign)> chosen, IReadOnlyList<string> names, double[] bases, double[] margins, double[] contributions, int players)
    {
        var outputs = new List<ExplainedOutput>();
        foreach (var (k, name, sign) in chosen)
        {
            var own = contributions.AsSpan(k * players, players);
            if (Additivity.Check(names[k], bases[k], own, margins[k]) is { } broken)
            {
                return broken;
            }

            double[] shown = own.ToArray();
            if (sign < 0)
            {
                shown = [.. shown.Select(v => -v)];
            }

            outputs.Add(new ExplainedOutput(name, sign * bases[k], sign * margins[k], shown));
        }

        return outputs;
    }

    private static IReadOnlyList<string> NamesOf(ReadEnsemble ensemble, OutputRoles roles)
    {
        var classes = ensemble.Classes.Count > 0 ? ensemble.Classes : roles.Classes;
        return ensemble.Trees.Outputs == 1 && classes.Count == 2 ? [classes[1]]
            : classes.Count == ensemble.Trees.Outputs ? classes
            : ensemble.Trees.Outputs == 1 ? ["prediction"]
            : [.. Enumerable.Range(0, ensemble.Trees.Outputs).Select(i => i.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>
    /// Of two classes with one margin, the second one's is told; the first one's is its negative. Of more, the predicted class's, which has the greatest.
    /// </summary>
    private static Result<IReadOnlyList<(int Output, string Name, int Sign)>> Choose(
        ReadEnsemble ensemble, IReadOnlyList<string> names, OutputRoles roles, string? asked, double[] margins)
    {
        var classes = ensemble.Classes.Count > 0 ? ensemble.Classes : roles.Classes;
        var numbers = classes.Count == 0 && !roles.Classifies && roles.Probabilities < 0;
        if (asked == Target.All || (asked is null && (names.Count == 1 || numbers)))
        {
            return Result.From<IReadOnlyList<(int, string, int)>>([.. names.Select((name, k) => (k, name, 1))]);
        }

        if (asked is null)
        {
            var best = Array.IndexOf(margins, margins.Max());
            return Result.From<IReadOnlyList<(int, string, int)>>([(best, names[best], 1)]);
        }

        for (var k = 0; k < names.Count; k++)
        {
            if (names[k] == asked)
            {
                return Result.From<IReadOnlyList<(int, string, int)>>([(k, asked, 1)]);
            }
        }

        return names.Count == 1 && classes.Count == 2 && classes[0] == asked
            ? Result.From<IReadOnlyList<(int, string, int)>>([(0, asked, -1)])
            : Problem.Invalid($"class: '{asked}' is not one of {string.Join(", ", classes.Count > 0 ? classes : names)}");
    }
}
