using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Export;
using Slipway.Training.Export.Proto;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Export;

public class BoostedTreesExportTests
{
    [Fact]
    public void Regression_MixedFeatures_RuntimeAgreesWithTrainer()
    {
        var (frame, target) = Samples.Mixed(3000);
        var model = Trained.Boosted(frame, target, categorical: "code");
        var (other, _) = Samples.Mixed(2000, seed: 99);
        OnnxRun.AssertClose(model.Predict(other), OnnxRun.Predictions(BoostedTreesExport.Write(model), other));
    }

    [Fact]
    public void Housing_RuntimeAgreesWithTrainer()
    {
        var (frame, price) = Samples.HousingYears(2000, 2003, "city", "month", "sales", "listings", "inventory");
        var model = Trained.Boosted(frame, price);
        var (later, _) = Samples.HousingYears(2003, 2016, "city", "month", "sales", "listings", "inventory");
        OnnxRun.AssertClose(model.Predict(later), OnnxRun.Predictions(BoostedTreesExport.Write(model), later));
    }

    [Fact]
    public void UnseenMissingAndExtremeValues_RuntimeAgreesWithTrainer()
    {
        var (frame, target) = Samples.Mixed(3000);
        var model = Trained.Boosted(frame, target, categorical: "code");
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e300, 0, -0.0, 5, 16_777_217, 35, 36];
        string?[] names = [null, "", "Austin", "austin", "Nowhere", "Zürich", "Zürich"];
        var rows = odd.Length * odd.Length * names.Length;
        var grid = new Frame([
            Samples.Numbers("a", rows, i => odd[i % odd.Length]),
            Samples.Numbers("b", rows, i => odd[i / odd.Length % odd.Length]),
            Samples.Texts("city", rows, i => names[i % names.Length]),
            Samples.Numbers("code", rows, i => odd[i * 7 / 3 % odd.Length])]);
        OnnxRun.AssertClose(model.Predict(grid), OnnxRun.Predictions(BoostedTreesExport.Write(model), grid));
    }

    [Fact]
    public void MoreCategoriesThanKept_OtherAndMissingStayApart()
    {
        const int rows = 6000;
        // 300 categories: 254 are kept, the rest are "other" and have targets of their own; missing has another.
        var names = new Frame([
            Samples.Texts("name", rows, i => i % 10 == 9 ? null : i % 310 < 254 ? $"k{i % 310}" : $"rare{i % 310}"),
            Samples.Numbers("number", rows, i => i % 10 == 8 ? double.NaN : i % 290)]);
        var target = Samples.Numbers("y", rows, i => (names["name"].IsMissing(i) ? 50 : i % 310 < 254 ? i % 7 : 100) + (names["number"].IsMissing(i) ? 10 : 0));
        var model = Trained.Boosted(names, target, categorical: "number");
        Assert.All(model.Features.Features, f => Assert.True(f.HasOther));
        var probe = new Frame([
            new TextColumn("name", [null, "", "unseen", "rare300", "k1", "k2"]),
            new NumericColumn("number", [double.NaN, 1, 1000, 2, double.NaN, 3])]);
        var predicted = model.Predict(probe);
        OnnxRun.AssertClose(predicted, OnnxRun.Predictions(BoostedTreesExport.Write(model), probe));
        Assert.InRange(predicted[1], 45, 55);
        Assert.InRange(predicted[2], 90, 110);
    }

    [Fact]
    public void BinaryTextTarget_LabelsAndProbabilitiesAgree()
    {
        var (frame, y) = Samples.Mixed(3000);
        var target = Samples.Texts("sold", 3000, i => y.Values[i] > 3.5 ? "yes" : "no");
        var model = Trained.Boosted(frame, target, LearningTask.Binary);
        var (labels, probabilities) = OnnxRun.Classes<string>(BoostedTreesExport.Write(model), frame);
        var expected = model.Probabilities(frame);
        OnnxRun.AssertClose([.. expected.SelectMany(p => p)], probabilities, 1e-5);
        Assert.Equal(expected.Select(p => p[1] > p[0] ? "yes" : "no"), labels);
        Assert.True(labels.Zip(target.Values).Count(p => p.First == p.Second) > 2850);
    }

    [Fact]
    public void MulticlassWholeNumberTarget_GivesInt64Labels()
    {
        var (frame, y) = Samples.Mixed(3000);
        var target = Samples.Numbers("grade", 3000, i => Math.Floor(y.Values[i]) * 10);
        var model = Trained.Boosted(frame, target, LearningTask.Multiclass, new BoostingParameters { Iterations = 20 });
        var (labels, probabilities) = OnnxRun.Classes<long>(BoostedTreesExport.Write(model), frame);
        var expected = model.Probabilities(frame);
        OnnxRun.AssertClose([.. expected.SelectMany(p => p)], probabilities, 1e-5);
        Assert.Equal(expected.Select(p => model.Classes!.Numbers![Array.IndexOf(p, p.Max())]), labels);
    }

    [Fact]
    public void SingleClass_IsCertain()
    {
        var frame = new Frame([Samples.Numbers("x", 50, i => i)]);
        var model = Trained.Boosted(frame, Samples.Texts("y", 50, _ => "only"), LearningTask.Binary);
        var (labels, probabilities) = OnnxRun.Classes<string>(BoostedTreesExport.Write(model), frame);
        Assert.All(labels, l => Assert.Equal("only", l));
        Assert.All(probabilities, p => Assert.Equal(1f, p));
    }

    [Fact]
    public void ConstantModel_RunsAndGivesTheMean()
    {
        var frame = new Frame([Samples.Numbers("x", 5, i => i)]);
        var model = Trained.Boosted(frame, Samples.Numbers("y", 5, i => i * 2));
        Assert.Empty(model.Trees);
        Assert.All(OnnxRun.Predictions(BoostedTreesExport.Write(model), frame), p => Assert.Equal(4f, p));
    }

    [Fact]
    public void AllMissingFeatures_StillRun()
    {
        var frame = new Frame([
            Samples.Numbers("x", 100, i => i), Samples.Numbers("none", 100, _ => double.NaN), Samples.Numbers("code", 100, _ => double.NaN),
            Samples.Texts("text", 100, _ => null)]);
        var model = Trained.Boosted(frame, Samples.Numbers("y", 100, i => i < 50 ? 1 : 2), categorical: "code");
        OnnxRun.AssertClose(model.Predict(frame), OnnxRun.Predictions(BoostedTreesExport.Write(model), frame));
    }

    [Fact]
    public void FeatureNames_MayBeAnything()
    {
        var frame = new Frame([Samples.Numbers("_concat_2", 100, i => i), Samples.Numbers("größe in m²", 100, i => -i), Samples.Texts("a/b \"c\"", 100, i => $"{i % 3}")]);
        var model = Trained.Boosted(frame, Samples.Numbers("y", 100, i => i % 3));
        OnnxRun.AssertClose(model.Predict(frame), OnnxRun.Predictions(BoostedTreesExport.Write(model), frame));
    }

    [Fact]
    public void Metadata_TellsAlgorithmFeaturesAndClasses()
    {
        var frame = new Frame([Samples.Numbers("x", 60, i => i), Samples.Texts("c", 60, i => $"{i % 2}")]);
        var bytes = BoostedTreesExport.Write(Trained.Boosted(frame, Samples.Texts("y", 60, i => i < 30 ? "a" : "b"), LearningTask.Binary));
        var metadata = ModelProto.Parser.ParseFrom(bytes).MetadataProps.ToDictionary(p => p.Key, p => p.Value);
        Assert.Equal("gradient-boosting", metadata["algorithm"]);
        Assert.Equal("slipway", metadata["producer"]);
        Assert.Equal("""{"x":"number","c":"category"}""", metadata["features"]);
        Assert.Equal("""["a","b"]""", metadata["classes"]);
    }
}
