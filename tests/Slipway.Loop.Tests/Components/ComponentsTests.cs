using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Loop.Tests.Components;

public class ComponentsTests
{
    [Fact]
    public async Task FirstTraining_RegistersTheChampionOnceHoweverOftenItIsRepeated()
    {
        await using var bench = await LoopBench.CreateAsync();
        var subject = await bench.SubjectAsync(LoopBench.Data());

        var outputs = await bench.RetrainAsync(subject, "run1");
        var again = await bench.RetrainAsync(subject, "run1");

        Assert.Equal(200, (int)outputs["collect"]["rows"]!);
        Assert.Equal((150, 50), ((int)outputs["split"]["trainRows"]!, (int)outputs["split"]["holdoutRows"]!));
        Assert.Equal((1, "champion"), ((int)outputs["register"]["version"]!, (string?)outputs["register"]["alias"]));
        Assert.Equal(outputs["collect"].ToJsonString(), again["collect"].ToJsonString());
        var version = Assert.Single(await bench.Registry.ListVersionsAsync("default", "prices", default));
        Assert.Equal((string?)outputs["train"]["training"]!["artifact"], version.ArtifactDigest);
        Assert.Equal(((string)outputs["collect"]["digest"]!, "run1", "test"), (version.Lineage.Datasets.Single(), version.Lineage.PipelineRun, version.Lineage.Reason));
        Assert.InRange(version.Metrics["r2"], 0.99, 1);
    }

    [Fact]
    public async Task TrainingOnTheSameWorld_DoesNotPassTheGate()
    {
        await using var bench = await LoopBench.CreateAsync();
        var subject = await bench.SubjectAsync(LoopBench.Data());
        await bench.RetrainAsync(subject, "run1");

        // The same rows once more: nothing new can be learned.
        var outputs = await bench.RetrainAsync(subject, "run2");

        Assert.False((bool)outputs["gate"]["passed"]!);
        Assert.Contains("not better with confidence", (string?)outputs["gate"]["reason"], StringComparison.Ordinal);
        Assert.Single(await bench.Registry.ListVersionsAsync("default", "prices", default));
    }

    [Fact]
    public async Task WorldThatTurned_MakesAChallengerOfTheNewModel()
    {
        await using var bench = await LoopBench.CreateAsync();
        var subject = await bench.SubjectAsync(LoopBench.Data());
        await bench.RetrainAsync(subject, "run1");
        bench.Log.Set(LoopBench.Data(slope: -3).Slice(200, 400), _ => true);

        var outputs = await bench.RetrainAsync(subject, "run2", until: "2001-01-20T00:00:00Z");

        Assert.Equal(385, (int)outputs["collect"]["rows"]!);
        Assert.Equal((2, "challenger"), ((int)outputs["register"]["version"]!, (string?)outputs["register"]["alias"]));
        Assert.Equal(1, (await bench.Registry.GetAliasAsync("default", "prices", "champion", default))!.Version);
        Assert.Equal(1, (await bench.Registry.ListVersionsAsync("default", "prices", default))[0].Lineage.ParentVersion);
    }

    [Fact]
    public async Task FormerChampion_IsComparedTooAndPutForwardAsItIs()
    {
        await using var bench = await LoopBench.CreateAsync();
        var subject = await bench.SubjectAsync(LoopBench.Data());
        await bench.RetrainAsync(subject, "run1");
        bench.Log.Set(LoopBench.Data(slope: -3).Slice(200, 400), _ => true);
        await bench.RetrainAsync(subject, "run2", until: "2001-01-20T00:00:00Z");
        (await bench.Registry.SetAliasAsync("default", "prices", "champion", 2, "test", "", default)).OrThrow();

        // The old world is back, and version 1, fitted to all of its rows, knows it best.
        var outputs = await bench.RetrainAsync(subject, "run3");

        Assert.Equal([null, 1], outputs["evaluate"]["evaluation"]!["contenders"]!.AsArray().Select(c => (int?)c!["version"]));
        Assert.Equal((true, "1"), ((bool)outputs["gate"]["passed"]!, (string?)outputs["gate"]["choice"]));
        Assert.Equal((1, "challenger"), ((int)outputs["register"]["version"]!, (string?)outputs["register"]["alias"]));
        Assert.Equal(1, (await bench.Registry.GetAliasAsync("default", "prices", "challenger", default))!.Version);
        Assert.Equal(2, (await bench.Registry.ListVersionsAsync("default", "prices", default)).Count);
    }

    [Fact]
    public async Task OnlyServedAndLabelledRowsBeforeTheWatermark_AreCollected()
    {
        await using var bench = await LoopBench.CreateAsync();
        var subject = await bench.SubjectAsync(LoopBench.Data());
        var served = LoopBench.Data().Slice(200, 300);
        var labels = ((NumericColumn)served["y"]).Values.ToArray();
        labels[0] = labels[1] = double.NaN;
        bench.Log.Set(served.With(new NumericColumn("y", labels)), row => row % 2 == 0);

        // Rows 200 to 259 lie before it; half were served, and of those the first has no label.
        var collected = (await bench.RunAsync("collect-labelled", new JsonObject { ["subject"] = subject, ["until"] = "2000-09-17" })).OrThrow();

        Assert.Equal(200 + 29, (long)collected["rows"]!);
        Assert.Equal("prices-training", (string?)collected["dataset"]);
    }

    [Fact]
    public async Task PlantedFault_SpoilsTheNewestLabelsOnly()
    {
        await using var bench = await LoopBench.CreateAsync();
        var data = LoopBench.Data();
        var subject = await bench.SubjectAsync(data);

        var collected = (await bench.RunAsync("collect-labelled", new JsonObject { ["subject"] = subject, ["fault"] = "corrupt-labels" })).OrThrow();

        var version = (await bench.Datasets.GetVersionAsync("default", "prices-training", (string)collected["version"]!, default)).OrThrow();
        var (given, made) = (((NumericColumn)data["y"]).Values, ((NumericColumn)(await bench.Datasets.ReadAsync(version, new DatasetQuery(), default)).OrThrow()["y"]).Values);
        Assert.Equal(given[..100], made[..100]);
        Assert.All(Enumerable.Range(100, 100), i => Assert.Equal(given[i] * 0.4, made[i], 9));
    }

    [Theory]
    [InlineData("collect-labelled", "subject: is required")]
    [InlineData("split-by-time", "subject: is required")]
    [InlineData("train", "subject: is required")]
    [InlineData("evaluate", "subject: is required")]
    [InlineData("register", "subject: is required")]
    [InlineData("gate", "evaluation: is required")]
    public async Task NothingGiven_IsRefusedInWords(string component, string expected)
    {
        await using var bench = await LoopBench.CreateAsync();

        var problem = (await bench.RunAsync(component, [])).Problem!;

        Assert.Equal((ProblemCode.Invalid, expected), (problem.Code, problem.Message));
    }

    [Theory]
    [InlineData("collect-labelled", """{"until": "soon"}""", "until: 'soon' is not an instant")]
    [InlineData("split-by-time", "{}", "dataset, version: are required")]
    [InlineData("train", """{"dataset": "base", "version": "latest"}""", "holdoutFrom: is required")]
    [InlineData("evaluate", """{"dataset": "base", "version": "latest", "holdoutFrom": "2000-02-01"}""", "holdoutFrom, challenger: are required")]
    [InlineData("register", "{}", "training, evaluation: are required")]
    public async Task SomethingMissing_IsRefusedInWords(string component, string given, string expected)
    {
        await using var bench = await LoopBench.CreateAsync();
        var inputs = (JsonObject)JsonNode.Parse(given)!;
        inputs["subject"] = await bench.SubjectAsync(LoopBench.Data());

        Assert.Equal(expected, (await bench.RunAsync(component, inputs)).Problem!.Message);
    }
}
