using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Domain.Metrics;
using Slipway.Training.Export;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Boosting;

public class GradientBoostingTests
{
    [Fact]
    public void SameSeedAnyThreads_SameBytes()
    {
        var (frame, target) = Samples.Mixed(20_000);
        var early = new BoostingParameters { Iterations = 15, EarlyStopping = true };
        var one = BoostedTreesExport.Write(Trained.Boosted(frame, target, parameters: early, threads: 1));
        Assert.Equal(one, BoostedTreesExport.Write(Trained.Boosted(frame, target, parameters: early, threads: 2)));
        Assert.Equal(one, BoostedTreesExport.Write(Trained.Boosted(frame, target, parameters: early, threads: 5)));
        Assert.NotEqual(one, BoostedTreesExport.Write(Trained.Boosted(frame, target, parameters: early, seed: 2)));
    }

    [Fact]
    public void SameSeedAnyThreads_Multiclass_SameBytes()
    {
        var (frame, y) = Samples.Mixed(20_000);
        var target = Samples.Numbers("t", 20_000, i => Math.Floor(y.Values[i]));
        var few = new BoostingParameters { Iterations = 3 };
        var one = BoostedTreesExport.Write(Trained.Boosted(frame, target, LearningTask.Multiclass, few, threads: 1));
        Assert.Equal(one, BoostedTreesExport.Write(Trained.Boosted(frame, target, LearningTask.Multiclass, few, threads: 3)));
    }

    [Fact]
    public void Regression_LearnsNumbersMissingAndCategories()
    {
        var (frame, target) = Samples.Mixed(4000);
        var model = Trained.Boosted(frame, target, categorical: "code");
        var (fresh, truth) = Samples.Mixed(1000, seed: 77);
        Assert.InRange(RegressionMetrics.R2(truth.Values, model.Predict(fresh))!.Value, 0.98, 1);
    }

    [Fact]
    public void OddCodes_AreSeparatedByASubset_NotByThresholds()
    {
        // Even and odd codes differ: one subset split does what thresholds need eleven for.
        var frame = new Frame([Samples.Numbers("code", 1200, i => i % 12)]);
        var target = Samples.Numbers("y", 1200, i => i % 2);
        var two = new BoostingParameters { MaxLeafNodes = 2, Iterations = 1, LearningRate = 1 };
        Assert.Equal(target.Values, Trained.Boosted(frame, target, parameters: two, categorical: "code").Predict(frame), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.NotEqual(target.Values, Trained.Boosted(frame, target, parameters: two).Predict(frame), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void MissingValues_GoToTheSideThatFitsThem()
    {
        var frame = new Frame([Samples.Numbers("x", 300, i => i % 3 == 0 ? double.NaN : i % 3)]);
        // Missing behaves like the large value.
        var target = Samples.Numbers("y", 300, i => i % 3 == 1 ? 0 : 10);
        var predicted = Trained.Boosted(frame, target).Predict(frame);
        Assert.Equal(predicted[0], predicted[2], 6);
        Assert.InRange(predicted[0], 9.9, 10.1);
        Assert.InRange(predicted[1], -0.1, 0.1);
    }

    [Fact]
    public void MissingNeverSeen_GoesWithTheMajority()
    {
        var frame = new Frame([Samples.Numbers("x", 300, i => i < 100 ? 0 : 1)]);
        var model = Trained.Boosted(frame, Samples.Numbers("y", 300, i => i < 100 ? 0 : 10));
        Assert.Equal(model.Predict(new Frame([new NumericColumn("x", [1])])), model.Predict(new Frame([new NumericColumn("x", [double.NaN])])));
    }

    [Fact]
    public void MissingAgainstEverythingElse_IsASplit()
    {
        var frame = new Frame([Samples.Numbers("x", 200, i => i % 2 == 0 ? double.NaN : 5)]);
        var predicted = Trained.Boosted(frame, Samples.Numbers("y", 200, i => i % 2 == 0 ? 1 : 3)).Predict(frame);
        Assert.InRange(predicted[0], 0.99, 1.01);
        Assert.InRange(predicted[1], 2.99, 3.01);
    }

    [Fact]
    public void ConstantColumns_AreHarmless()
    {
        var (frame, target) = Samples.Mixed(1000);
        var wider = frame.With(Samples.Numbers("same", 1000, _ => 3)).With(Samples.Texts("word", 1000, _ => "w")).With(Samples.Numbers("none", 1000, _ => double.NaN));
        Assert.Equal(Trained.Boosted(frame, target).Predict(frame), Trained.Boosted(wider, target).Predict(wider));
    }

    [Fact]
    public void ConstantTarget_GivesTheConstant()
    {
        var frame = new Frame([Samples.Numbers("x", 200, i => i)]);
        Assert.All(Trained.Boosted(frame, Samples.Numbers("y", 200, _ => 4.25)).Predict(frame), p => Assert.Equal(4.25, p, 9));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void TooFewRowsToSplit_GiveTheMean(int rows)
    {
        var frame = new Frame([Samples.Numbers("x", rows, i => i)]);
        var expected = Enumerable.Range(0, rows).Average();
        Assert.All(Trained.Boosted(frame, Samples.Numbers("y", rows, i => i)).Predict(frame), p => Assert.Equal(expected, p, 9));
    }

    [Fact]
    public void Weights_ActAsRepeatedRows()
    {
        var (mixed, target) = Samples.Mixed(2000);
        // Fewer values than bins, so that repeating rows does not move the thresholds; leaves of one row are allowed.
        var frame = new Frame([Samples.Numbers("a", 2000, i => Math.Round(((NumericColumn)mixed["a"]).Values[i] * 10)), mixed["city"]]);
        double[] weights = [.. Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? 2.0 : 1.0)];
        int[] repeated = [.. Enumerable.Range(0, 2000).SelectMany(i => i % 2 == 0 ? new[] { i, i } : [i])];
        var parameters = new BoostingParameters { Iterations = 1, MinSamplesLeaf = 1, MaxLeafNodes = 6 };
        var weighted = Trained.Boosted(frame, target, parameters: parameters, weights: weights).Predict(frame);
        var doubled = Trained.Boosted(frame.Take(repeated), target.Take(repeated), parameters: parameters).Predict(frame);
        Assert.Equal(doubled, weighted, (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.NotEqual(doubled, Trained.Boosted(frame, target, parameters: parameters).Predict(frame), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact]
    public void ClassTasks_LearnAndGiveProbabilities()
    {
        var (frame, y) = Samples.Mixed(3000);
        var target = Samples.Texts("t", 3000, i => y.Values[i] > 4 ? "high" : y.Values[i] > 3 ? "middle" : "low");
        var model = Trained.Boosted(frame, target, LearningTask.Multiclass, new BoostingParameters { Iterations = 30 });
        var probabilities = model.Probabilities(frame);
        Assert.All(probabilities, p => Assert.Equal(1, p.Sum(), 9));
        Assert.Equal(["high", "low", "middle"], model.Classes!.Names());
        var hits = probabilities.Where((p, i) => model.Classes.Names()[Array.IndexOf(p, p.Max())] == target.Values[i]).Count();
        Assert.InRange(hits, 2800, 3000);
    }

    [Fact]
    public void EarlyStopping_StopsWhenHeldOutRowsGetNoBetter()
    {
        var random = new Random(3);
        var frame = new Frame([Samples.Numbers("x", 2000, _ => random.NextDouble())]);
        var noise = Samples.Numbers("y", 2000, _ => random.NextDouble());
        var parameters = new BoostingParameters { EarlyStopping = true, Iterations = 200 };
        Assert.InRange(Trained.Boosted(frame, noise, parameters: parameters).Trees.Length, 0, 20);
        var (mixed, target) = Samples.Mixed(2000);
        Assert.InRange(Trained.Boosted(mixed, target, parameters: parameters).Trees.Length, 30, 200);
    }

    [Fact]
    public void LeavesAndDepth_AreLimited()
    {
        var (frame, target) = Samples.Mixed(3000);
        var model = Trained.Boosted(frame, target, parameters: new BoostingParameters { MaxLeafNodes = 7, Iterations = 5, MinSamplesLeaf = 50 });
        Assert.All(model.Trees, t => Assert.Equal(7, t.Nodes.Count(n => n.Feature < 0)));
        var flat = Trained.Boosted(frame, target, parameters: new BoostingParameters { MaxDepth = 2, Iterations = 5 });
        Assert.All(flat.Trees, t => Assert.InRange(t.Nodes.Count(n => n.Feature < 0), 3, 4));
    }

    [Fact]
    public void EveryLeaf_HoldsTheLeastNumberOfRows()
    {
        var (frame, target) = Samples.Mixed(1000);
        var model = Trained.Boosted(frame, target, parameters: new BoostingParameters { Iterations = 3, MinSamplesLeaf = 37 }, categorical: "code");
        var columns = model.Features.Encode(frame).Value;
        foreach (var tree in model.Trees)
        {
            var perLeaf = Enumerable.Range(0, 1000).GroupBy(row => tree.Predict(columns, row)).Select(g => g.Count());
            Assert.All(perLeaf, count => Assert.True(count >= 37));
        }
    }

    [Fact]
    public void Cancelled_Stops()
    {
        var (frame, target) = Samples.Mixed(500);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var features = Slipway.Training.Domain.Features.FeatureFitter.Fit(frame, ["a"], []).Value;
        Assert.Throws<OperationCanceledException>(() => GradientBoosting.Train(
            features, features.Encode(frame).Value, Slipway.Training.Domain.Features.Target.Regression(target.Values), null, new BoostingParameters(), 0, 1, source.Token));
    }
}
