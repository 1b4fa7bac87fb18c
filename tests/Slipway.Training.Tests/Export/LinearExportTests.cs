using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Export;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Export;

public class LinearExportTests
{
    [Fact]
    public void Regression_MixedFeaturesAndOddValues_RuntimeAgreesWithTrainer()
    {
        var (frame, target) = Samples.Mixed(1000);
        var model = Trained.Linear(frame, target, categorical: "code");
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, 5, 35, 36];
        string?[] names = [null, "", "Austin", "Nowhere"];
        var grid = new Frame([
            Samples.Numbers("a", 400, i => odd[i % 7]), Samples.Numbers("b", 400, i => odd[i / 7 % 7]),
            Samples.Texts("city", 400, i => names[i % 4]), Samples.Numbers("code", 400, i => odd[i / 3 % 7])]);
        var bytes = LinearExport.Write(model);
        OnnxRun.AssertClose(model.Predict(frame), OnnxRun.Predictions(bytes, frame));
        OnnxRun.AssertClose(model.Predict(grid), OnnxRun.Predictions(bytes, grid));
    }

    [Fact]
    public void Binary_RuntimeAgreesWithTrainer()
    {
        var (frame, y) = Samples.Mixed(1000);
        var model = Trained.Linear(frame, Samples.Numbers("t", 1000, i => y.Values[i] > 3.5 ? 1 : 0), LearningTask.Binary);
        var (labels, probabilities) = OnnxRun.Classes<long>(LinearExport.Write(model), frame);
        var expected = model.Probabilities(frame);
        OnnxRun.AssertClose([.. expected.SelectMany(p => p)], probabilities, 1e-5);
        Assert.Equal(expected.Select(p => p[1] > p[0] ? 1L : 0L), labels);
    }

    [Fact]
    public void Multiclass_OnlyCategories_RuntimeAgreesWithTrainer()
    {
        var (mixed, y) = Samples.Mixed(1000);
        var frame = mixed.Select(["city"]);
        var model = Trained.Linear(frame, Samples.Texts("t", 1000, i => y.Values[i] > 4 ? "high" : y.Values[i] > 3 ? "middle" : "low"), LearningTask.Multiclass);
        var (_, probabilities) = OnnxRun.Classes<string>(LinearExport.Write(model), frame);
        OnnxRun.AssertClose([.. model.Probabilities(frame).SelectMany(p => p)], probabilities, 1e-5);
    }

    [Fact]
    public void SingleClass_IsCertain()
    {
        var frame = new Frame([Samples.Numbers("x", 5, i => i)]);
        var model = Trained.Linear(frame, Samples.Numbers("y", 5, _ => 7), LearningTask.Binary);
        var (labels, probabilities) = OnnxRun.Classes<long>(LinearExport.Write(model), frame);
        Assert.All(labels, l => Assert.Equal(7L, l));
        Assert.All(probabilities, p => Assert.Equal(1f, p));
    }
}
