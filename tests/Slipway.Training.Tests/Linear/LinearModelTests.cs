using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Metrics;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Linear;

public class LinearModelTests
{
    [Fact]
    public void ExactLine_IsFound()
    {
        var frame = new Frame([Samples.Numbers("x", 100, i => 2000 + i), Samples.Texts("c", 100, i => i % 2 == 0 ? "even" : "odd")]);
        var target = Samples.Numbers("y", 100, i => (3 * i) + (i % 2 * 10) + 1e6);
        var model = Trained.Linear(frame, target, alpha: 1e-6);
        Assert.Equal(target.Values, model.Predict(frame), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(1e6 + 3000, model.Predict(new Frame([new NumericColumn("x", [3000]), new TextColumn("c", ["even"])]))[0], 1);
    }

    [Fact]
    public void RidgeWeights_AreScikitLearns()
    {
        // Ridge(alpha=1).fit(StandardScaler(x), y) on the same six rows predicts these (scikit-learn 1.2.1).
        var frame = new Frame([new NumericColumn("a", [1, 2, 3, 4, 5, 7]), new NumericColumn("b", [0, 1, 0, 2, 1, 5])]);
        var predicted = Trained.Linear(frame, new NumericColumn("y", [1, 3, 2, 6, 5, 12])).Predict(frame);
        Assert.Equal(RidgeReference, predicted, (x, y) => Math.Abs(x - y) < 1e-9);
    }

    private static readonly double[] RidgeReference = [1.1454493921, 3.0519846366, 2.5650169484, 5.6683036592, 5.1813359710, 11.3879093928];

    [Fact]
    public void LogisticProbabilities_AreScikitLearns()
    {
        // LogisticRegression(C=1, tol=1e-10) on standardised columns, the same six rows (scikit-learn 1.2.1).
        var frame = new Frame([new NumericColumn("a", [1, 2, 3, 4, 5, 7]), new NumericColumn("b", [0, 1, 0, 2, 1, 5])]);
        var two = Trained.Linear(frame, new NumericColumn("y", [0, 0, 1, 0, 1, 1]), LearningTask.Binary).Probabilities(frame);
        Assert.Equal(BinaryReference, two.Select(p => p[1]), (x, y) => Math.Abs(x - y) < 1e-4);
        var three = Trained.Linear(frame, new NumericColumn("y", [0, 0, 1, 2, 1, 2]), LearningTask.Multiclass).Probabilities(frame);
        Assert.Equal(MultiReference, three.Select(p => p[2]), (x, y) => Math.Abs(x - y) < 1e-4);
    }

    private static readonly double[] BinaryReference = [0.2411361134, 0.3266285127, 0.4385173495, 0.5372193204, 0.6514559975, 0.8050426953];

    private static readonly double[] MultiReference = [0.0735270931, 0.1763184912, 0.1369961753, 0.4210299607, 0.2991841317, 0.8929455725];

    [Fact]
    public void MissingNumber_CountsAsTheMean_AndUnseenCategoryAsTheAverage()
    {
        var frame = new Frame([Samples.Numbers("x", 90, i => i % 10), Samples.Texts("c", 90, i => $"{i % 3}")]);
        var model = Trained.Linear(frame, Samples.Numbers("y", 90, i => (2 * (i % 10)) + (i % 3)), alpha: 1e-6);
        var odd = model.Predict(new Frame([new NumericColumn("x", [double.NaN, 4.5, 4.5]), new TextColumn("c", ["1", "1", "unseen"])]));
        Assert.Equal(odd[1], odd[0], 6);
        Assert.Equal(10, odd[2], 3);
    }

    [Fact]
    public void ConstantAndRepeatedColumns_AreHarmless()
    {
        var frame = new Frame([
            Samples.Numbers("x", 50, i => i), Samples.Numbers("again", 50, i => i), Samples.Numbers("same", 50, _ => 1e9), Samples.Numbers("none", 50, _ => double.NaN)]);
        var target = Samples.Numbers("y", 50, i => i * 2);
        Assert.InRange(RegressionMetrics.R2(target.Values, Trained.Linear(frame, target, alpha: 1e-6).Predict(frame))!.Value, 0.999999, 1);
    }

    [Fact]
    public void SeparableClasses_StayFinite()
    {
        var frame = new Frame([Samples.Numbers("x", 100, i => i)]);
        var probabilities = Trained.Linear(frame, Samples.Numbers("y", 100, i => i < 50 ? 0 : 1), LearningTask.Binary, alpha: 1e-6).Probabilities(frame);
        Assert.All(probabilities, (p, i) => Assert.Equal(i >= 50, p[1] > 0.5));
    }
}
