using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Training.Ports;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Algorithms;

/// <summary>Through the module's port, as other modules see it.</summary>
public class TrainerTests
{
    private static readonly ITrainer Trainer = Services().GetRequiredService<ITrainer>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gradient-boosting")]
    [InlineData("linear")]
    public async Task EveryAlgorithm_GivesAModelThatLoads_AndTheSameBytesAgain(string algorithm)
    {
        Assert.Equal(["gradient-boosting", "linear"], Trainer.Algorithms);
        var (frame, target) = Samples.Mixed(500);
        var request = Request(frame, target) with { Algorithm = algorithm };
        var outcome = (await Trainer.TrainAsync(request, Cancel)).OrThrow();
        using var model = OnnxModel.Load(outcome.Onnx).OrThrow();
        Assert.Equal(["a", "b", "city", "code"], model.Inputs.Select(i => i.Name));
        Assert.Equal(["prediction"], model.Outputs.Select(o => o.Name));
        Assert.Equal(500, outcome.Rows);
        Assert.Empty(outcome.Classes);
        Assert.True(outcome.Elapsed > TimeSpan.Zero);
        Assert.Equal("100", algorithm == "linear" ? "100" : outcome.Parameters["max_iter"]);
        Assert.Equal(outcome.Onnx, (await Trainer.TrainAsync(request, Cancel)).OrThrow().Onnx);
    }

    [Theory]
    [InlineData("gradient-boosting")]
    [InlineData("linear")]
    public async Task Classes_AreInTheOrderOfTheProbabilities(string algorithm)
    {
        var (frame, y) = Samples.Mixed(300);
        var request = Request(frame, Samples.Texts("t", 300, i => y.Values[i] > 3 ? "up" : "down")) with { Algorithm = algorithm, Task = LearningTask.Binary };
        var outcome = (await Trainer.TrainAsync(request, Cancel)).OrThrow();
        Assert.Equal(["down", "up"], outcome.Classes);
        using var model = OnnxModel.Load(outcome.Onnx).OrThrow();
        Assert.Equal(["label", "probabilities"], model.Outputs.Select(o => o.Name));
    }

    [Theory]
    [InlineData("gradient-boosting")]
    [InlineData("linear")]
    public async Task RowsWithoutTargetOrWeight_AreLeftOut(string algorithm)
    {
        var (frame, target) = Samples.Mixed(400);
        var kept = Enumerable.Range(0, 400).Where(i => i % 4 > 1).ToArray();
        var holes = Samples.Numbers("y", 400, i => i % 4 == 0 ? double.NaN : target.Values[i]);
        double[] weights = [.. Enumerable.Range(0, 400).Select(i => i % 4 == 1 ? 0.0 : 3.0)];
        var outcome = (await Trainer.TrainAsync(Request(frame, holes) with { Algorithm = algorithm, Weights = weights }, Cancel)).OrThrow();
        var alone = (await Trainer.TrainAsync(
            Request(frame.Take(kept), (NumericColumn)target.Take(kept)) with { Algorithm = algorithm, Weights = [.. kept.Select(_ => 1.0)] }, Cancel)).OrThrow();
        Assert.Equal(200, outcome.Rows);
        Assert.Equal(alone.Onnx, outcome.Onnx);
    }

    [Fact]
    public async Task WrongParameters_AreAllNamedWithTheirRange()
    {
        var (frame, target) = Samples.Mixed(50);
        var request = Request(frame, target) with
        {
            Parameters = new Dictionary<string, string> { ["learning_rate"] = "-1", ["max_leaf_nodes"] = "many", ["n_estimators"] = "7", ["early_stopping"] = "perhaps" },
        };
        var problem = (await Trainer.TrainAsync(request, Cancel)).Problem!;
        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Equal(["learning_rate", "max_leaf_nodes", "early_stopping", "n_estimators"], problem.Faults.Select(f => f.Path));
        Assert.Contains("above 0 and at most 10, got '-1'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("from 2 to 32768", problem.Message, StringComparison.Ordinal);
        Assert.Contains("max_iter", problem.Faults[3].Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadRequests => new()
    {
        { "no rows", "no row to learn from" },
        { "no target", "no row to learn from" },
        { "no columns", "no column to learn from" },
        { "time feature", "holds times" },
        { "text regression", "regression needs numbers" },
        { "three classes", "needs two classes, found 3" },
        { "fractions", "whole numbers or text, found 0.5" },
        { "infinite", "no model can predict" },
        { "output name", "name of the model's output" },
        { "weights", "weighs -1" },
        { "lengths", "has 3 rows, the features have 2" },
        { "algorithm", "there are: gradient-boosting, linear" },
        { "categorical", "'zip' is not among the features" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task BadRequest_IsRefusedInWords(string request, string message)
    {
        foreach (var algorithm in Trainer.Algorithms)
        {
            var problem = (await Trainer.TrainAsync(Bad(request, algorithm), Cancel)).Problem;
            Assert.NotNull(problem);
            Assert.Equal(ProblemCode.Invalid, problem.Code);
            Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TooManyColumnsForLinear_SaysWhatToDo()
    {
        var frame = new Frame([.. Enumerable.Range(0, 17).Select(c => Samples.Texts($"c{c}", 300, i => $"{i}"))]);
        var problem = (await Trainer.TrainAsync(Request(frame, Samples.Numbers("y", 300, i => i)) with { Algorithm = "linear" }, Cancel)).Problem!;
        Assert.Contains("use gradient-boosting", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_Throws()
    {
        var (frame, target) = Samples.Mixed(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer.TrainAsync(Request(frame, target), new CancellationToken(true)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public void ThreadsOutOfRange_IsToldAtStart(string threads) =>
        Assert.Contains("Training:Threads", Assert.Throws<InvalidOperationException>(() => Services(threads)).Message, StringComparison.Ordinal);

    private static TrainingRequest Bad(string what, string algorithm)
    {
        var frame = new Frame([new NumericColumn("x", [1, 2])]);
        var target = new NumericColumn("y", [1, 0]);
        var request = Request(frame, target) with { Algorithm = algorithm };
        return what switch
        {
            "no rows" => Request(new Frame([new NumericColumn("x", [])]), new NumericColumn("y", [])) with { Algorithm = algorithm },
            "no target" => request with { Target = new NumericColumn("y", [double.NaN, double.NaN]) },
            "no columns" => request with { Features = new Frame([]) },
            "time feature" => request with { Features = frame.With(new TimeColumn("at", [0, 1])) },
            "text regression" => request with { Target = new TextColumn("y", ["a", "b"]) },
            "three classes" => request with { Features = new Frame([new NumericColumn("x", [1, 2, 3])]), Target = new NumericColumn("y", [1, 2, 3]), Task = LearningTask.Binary },
            "fractions" => request with { Target = new NumericColumn("y", [0.5, 1]), Task = LearningTask.Multiclass },
            "infinite" => request with { Target = new NumericColumn("y", [1, double.PositiveInfinity]) },
            "output name" => request with { Features = new Frame([new NumericColumn("prediction", [1, 2])]) },
            "weights" => request with { Weights = [1, -1] },
            "lengths" => request with { Target = new NumericColumn("y", [1, 2, 3]) },
            "algorithm" => request with { Algorithm = "magic" },
            _ => request with { Parameters = new Dictionary<string, string> { ["categorical"] = "zip" } },
        };
    }

    private static TrainingRequest Request(Frame frame, Column target) =>
        new(frame, target, LearningTask.Regression, "gradient-boosting", new Dictionary<string, string>(), 7);

    private static ServiceProvider Services(string? threads = null)
    {
        var services = new ServiceCollection();
        var settings = new Dictionary<string, string?> { ["Training:Threads"] = threads };
        new TrainingModule().AddServices(services, new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        return services.BuildServiceProvider();
    }
}
