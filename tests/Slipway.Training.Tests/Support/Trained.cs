using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Domain.Features;
using Slipway.Training.Domain.Linear;

namespace Slipway.Training.Tests.Support;

/// <summary>Trains through the domain, without export.</summary>
internal static class Trained
{
    public static BoostedTrees Boosted(
        Frame frame,
        Column target,
        LearningTask task = LearningTask.Regression,
        BoostingParameters? parameters = null,
        double[]? weights = null,
        int threads = 2,
        ulong seed = 1,
        params string[] categorical)
    {
        var (features, columns, goal) = Encode(frame, target, task, categorical);
        return GradientBoosting.Train(features, columns, goal, weights, parameters ?? new BoostingParameters(), seed, threads, CancellationToken.None);
    }

    public static LinearModel Linear(Frame frame, Column target, LearningTask task = LearningTask.Regression, double alpha = 1, params string[] categorical)
    {
        var (features, columns, goal) = Encode(frame, target, task, categorical);
        return LinearModel.Train(features, columns, goal, null, new LinearParameters { Alpha = alpha }, CancellationToken.None);
    }

    public static double[] Predict(this BoostedTrees model, Frame frame) => model.Predict(model.Features.Encode(frame).Value);

    public static double[][] Probabilities(this BoostedTrees model, Frame frame) => model.Probabilities(model.Features.Encode(frame).Value);

    public static double[] Predict(this LinearModel model, Frame frame) => model.Scores(model.Features.Encode(frame).Value)[0];

    public static double[][] Probabilities(this LinearModel model, Frame frame) => model.Probabilities(model.Features.Encode(frame).Value);

    private static (FeatureSet, float[][], Target) Encode(Frame frame, Column target, LearningTask task, string[] categorical)
    {
        var features = FeatureFitter.Fit(frame, [.. frame.Columns.Select(c => c.Name)], categorical).Value;
        return (features, features.Encode(frame).Value, Target.Read(target, task).Value);
    }
}
