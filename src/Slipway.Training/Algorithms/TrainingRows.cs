using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Training.Domain.Features;

namespace Slipway.Training.Algorithms;

/// <summary>A request checked and encoded: what every algorithm starts from.</summary>
internal sealed record TrainingRows(FeatureSet Features, float[][] Columns, Target Target, double[]? Weights)
{
    public int Count => Columns[0].Length;

    public static Result<TrainingRows> From(TrainingRequest request, IReadOnlyCollection<string> categorical)
    {
        if (Check(request) is { } problem)
        {
            return problem;
        }

        var kept = RowsToLearnFrom(request);
        if (kept.Length == 0)
        {
            return Problem.Invalid([new Fault("target", $"'{request.Target.Name}' has no row to learn from among {request.Features.Rows}; give at least one row with a target and a weight above 0")]);
        }

        var whole = kept.Length == request.Features.Rows;
        var frame = whole ? request.Features : request.Features.Take(kept);
        var names = request.Features.Columns.Select(c => c.Name).ToArray();
        return FeatureFitter.Fit(frame, names, categorical).Then(features =>
            features.Encode(frame).Then(columns =>
                Target.Read(whole ? request.Target : request.Target.Take(kept), request.Task).Select(target =>
                    new TrainingRows(features, columns, target, WeightsOf(request.Weights, kept)))));
    }

    private static Problem? Check(TrainingRequest request)
    {
        var faults = new List<Fault>();
        if (request.Features.Columns.Count == 0)
        {
            faults.Add(new Fault("features", "there is no column to learn from; name at least one"));
        }
        else if (request.Target.Count != request.Features.Rows)
        {
            faults.Add(new Fault("target", $"has {request.Target.Count} rows, the features have {request.Features.Rows}"));
        }

        // The exported model's outputs and inputs share one space of names.
        string[] outputs = request.Task == LearningTask.Regression ? ["prediction"] : ["label", "probabilities"];
        foreach (var name in outputs.Where(request.Features.Has))
        {
            faults.Add(new Fault("features", $"'{name}' is the name of the model's output; rename the column"));
        }

        foreach (var column in request.Features.Columns.Where(c => c.Name.Length == 0))
        {
            faults.Add(new Fault("features", "a column without a name cannot be a model input; name it"));
        }

        if (request.Weights is { } weights)
        {
            if (weights.Length != request.Target.Count)
            {
                faults.Add(new Fault("weights", $"there are {weights.Length} for {request.Target.Count} rows"));
            }
            else if (Array.FindIndex(weights, w => !double.IsFinite(w) || w < 0) is var row and >= 0)
            {
                faults.Add(new Fault("weights", FormattableString.Invariant($"row {row} weighs {weights[row]}; weights must be finite and not negative")));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : null;
    }

    // A row that weighs nothing is left out altogether: it must not count towards the smallest leaf.
    private static int[] RowsToLearnFrom(TrainingRequest request)
    {
        var kept = new List<int>(request.Target.Count);
        for (var row = 0; row < request.Target.Count; row++)
        {
            if (!request.Target.IsMissing(row) && request.Weights?[row] is null or > 0)
            {
                kept.Add(row);
            }
        }

        return [.. kept];
    }

    // The mean weight becomes 1, so that penalties and the smallest hessian mean the same whatever the unit of the weights.
    private static double[]? WeightsOf(double[]? weights, int[] kept)
    {
        if (weights is null)
        {
            return null;
        }

        var taken = Array.ConvertAll(kept, row => weights[row]);
        var largest = taken.Max();
        var mean = taken.Sum(w => w / largest) / taken.Length * largest;
        return Array.ConvertAll(taken, w => w / mean);
    }
}
