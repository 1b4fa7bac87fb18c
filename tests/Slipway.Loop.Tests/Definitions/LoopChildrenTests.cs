using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Loop.Definitions;
using Slipway.Loop.Tests.Domain;
using Slipway.Monitoring;
using Slipway.Pipelines;
using Slipway.Platform.Resources;
using Slipway.Serving;

namespace Slipway.Loop.Tests.Definitions;

public class LoopChildrenTests
{
    private const string Spec = """{"dataset": {"name": "d"}, "time": "t", "target": "y", "task": "regression"}""";

    [Fact]
    public async Task EveryChild_IsTakenByItsOwnKindAndGoesWithTheLoop()
    {
        await using var floor = await TestFloor.CreateAsync();
        var resources = await TestResources.CreateAsync(
            floor, [LoopKind.Kind, .. new PipelinesModule().Kinds, .. new ServingModule().Kinds, .. new MonitoringModule().Kinds]);
        var loop = Resource.Create(LoopKind.Kind, "default", "prices");
        loop.Json["spec"] = JsonNode.Parse(Spec);
        loop = (await resources.Store.CreateAsync(LoopKind.Kind, loop, new WriteOptions("test"), default)).OrThrow();
        var children = new LoopChildren(resources.Kinds);

        Resource[] wanted =
        [
            children.Pipeline(loop), children.Service(loop), children.Monitor(loop, LoopSpecTests.Parse(Spec).OrThrow(), "prices-training", "1"),
            children.PromotionPolicy(loop), children.Trigger(loop, new JsonObject { ["model"] = "prices" }, 12),
        ];
        foreach (var child in wanted)
        {
            (await resources.Store.ApplyAsync(children.KindOf(child), child, "loop", default)).OrThrow();
            Assert.Equal("prices", child.Labels["slipway.dev/loop"]);
        }

        (await resources.Store.DeleteAsync(LoopKind.Kind, "default", "prices", new DeleteOptions("test"), default)).OrThrow();
        Assert.Equal(5, await resources.CollectAsync());
    }

    [Fact]
    public async Task RetrainingPipeline_IsSoundAndUsesOnlyComponentsThereAre()
    {
        var pipelineKind = new PipelinesModule().Kinds.Single(k => k.Kind == "Pipeline");
        var loop = Resource.Create(LoopKind.Kind, "default", "prices");
        var pipeline = new LoopChildren(new KindCatalog([pipelineKind])).Pipeline(loop);
        await using var bench = await LoopBench.CreateAsync();

        Assert.Equal("prices-retrain", pipeline.Name);
        Assert.Empty(pipelineKind.Validate!(pipeline.Json));
        var uses = pipeline.Spec["steps"]!.AsArray().Select(s => (string?)s!["uses"]).ToList();

        // Scoring is for pipelines of the users'.
        Assert.Equal(bench.Components.Select(c => c.Name).Except(["slipway/score"]).Order(StringComparer.Ordinal), uses.Order(StringComparer.Ordinal));
        var required = pipeline.Spec["parameters"]!.AsArray().Where(p => !((JsonObject)p!).ContainsKey("default")).Select(p => (string?)p!["name"]);
        Assert.Equal(["subject"], required);
    }

    [Fact]
    public void WrongLoop_IsRefusedByItsKind()
    {
        var loop = Resource.Create(LoopKind.Kind, "default", "prices");
        loop.Json["spec"] = JsonNode.Parse("""{"dataset": {"name": "d"}, "time": "t", "target": "t", "task": "regression", "step": "fortnight"}""");

        Assert.Equal(["spec.target", "spec.step"], LoopKind.Kind.Validate!(loop.Json).Select(f => f.Path));
    }
}
