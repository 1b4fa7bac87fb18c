using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Conformance;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Runtimes.Onnx;
using Slipway.Serving.Scoring;

namespace Slipway.Serving.Tests.Scoring;

public sealed class ModelScorerTests
{
    private const int Rows = 10_000;

    private static readonly Frame Houses = new(
    [
        new TextColumn("city", [.. Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? null : $"city {i % 5}")]),
        new NumericColumn("sales", [.. Enumerable.Range(0, Rows).Select(i => i % 7 == 0 ? double.NaN : i)]),
        new NumericColumn("more", new double[Rows]),
    ]);

    [Fact]
    public async Task EveryRow_IsScoredInItsPlace_OverManyBatches()
    {
        await using var floor = await TestFloor.CreateAsync();
        using var onnx = new OnnxRuntime(floor.Objects, new ModelNews(), TimeProvider.System, NullLogger<OnnxRuntime>.Instance);
        var loader = new ModelLoader([onnx]);
        using var models = new ModelCache(loader, new ServingOptions { ScorerModels = 1 });
        var scorer = new ModelScorer(models);
        var (twice, squared) = (await PutAsync(floor, Tests.Models.Twice), await PutAsync(floor, Tests.Models.Squared));

        var scores = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => scorer.ScoreAsync(i % 2 == 0 ? twice : squared, Houses, CancellationToken.None)));

        for (var i = 0; i < scores.Length; i++)
        {
            var values = ((NumericColumn)scores[i].OrThrow().Predictions).Values;
            Assert.Equal(Rows, values.Length);
            Assert.All(Enumerable.Range(0, Rows), row => Assert.Equal(
                row % 7 == 0 ? double.NaN : i % 2 == 0 ? 2f * row : (float)row * row, values[row]));
        }
    }

    [Fact]
    public async Task AClassifier_GivesLabelsProbabilitiesAndItsClasses()
    {
        await using var floor = await TestFloor.CreateAsync();
        using var onnx = new OnnxRuntime(floor.Objects, new ModelNews(), TimeProvider.System, NullLogger<OnnxRuntime>.Instance);
        var loader = new ModelLoader([onnx]);
        using var models = new ModelCache(loader, new ServingOptions());
        var frame = new Frame([new TextColumn("city", ["no", null]), new NumericColumn("a", [0, 100]), new NumericColumn("b", [0, 0])]);

        var scores = (await new ModelScorer(models).ScoreAsync(await PutAsync(floor, Tests.Models.Classifier), frame, CancellationToken.None)).OrThrow();

        Assert.Equal(new string?[] { "no", "" }, ((TextColumn)scores.Predictions).Values);
        Assert.Equal(["no", "yes"], scores.Classes);
        Assert.Equal([0.5, 0.5], scores.Probabilities![0]);
        Assert.Equal(1, scores.Probabilities[1][0], 6);
    }

    [Fact]
    public async Task WhatDoesNotFit_IsAProblemWithEveryName()
    {
        await using var floor = await TestFloor.CreateAsync();
        using var onnx = new OnnxRuntime(floor.Objects, new ModelNews(), TimeProvider.System, NullLogger<OnnxRuntime>.Instance);
        var loader = new ModelLoader([onnx]);
        using var models = new ModelCache(loader, new ServingOptions());
        var scorer = new ModelScorer(models);
        var frame = new Frame([new TextColumn("sales", ["x"])]);

        var mismatch = await scorer.ScoreAsync(await PutAsync(floor, Tests.Models.Once), frame, CancellationToken.None);
        var broken = await scorer.ScoreAsync(await PutAsync(floor, Tests.Models.Broken), frame, CancellationToken.None);
        var missing = await scorer.ScoreAsync(new string('0', 64), frame, CancellationToken.None);

        Assert.Equal(["city", "sales"], mismatch.Problem!.Faults.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.Equal((ProblemCode.Invalid, ProblemCode.NotFound), (broken.Problem!.Code, missing.Problem!.Code));
    }

    private static async Task<string> PutAsync(TestFloor floor, byte[] model) => (await floor.Objects.PutBytesAsync(model, CancellationToken.None)).OrThrow().Sha256;
}
