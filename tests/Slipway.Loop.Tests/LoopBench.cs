using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Data;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Platform.Database;
using Slipway.Platform.Modules;
using Slipway.Registry;
using Slipway.Serving;
using Slipway.Tracking;
using Slipway.Training;

namespace Slipway.Loop.Tests;

/// <summary>The loop's components on the real data, training, scoring, registry and tracking modules; only the prediction log is the test's.</summary>
internal sealed class LoopBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private LoopBench(TestFloor floor)
    {
        Floor = floor;
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().Build();
        services.AddLogging().AddMetrics();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(floor.Database).AddSingleton(floor.Secrets).AddSingleton(floor.Time).AddSingleton(floor.Objects).AddSingleton(floor.Events);
        foreach (var module in Modules)
        {
            module.AddServices(services, configuration);
        }

        services.AddSingleton<IPredictionLog>(Log);
        _services = services.BuildServiceProvider();
    }

    public static IReadOnlyList<IModule> Modules { get; } =
        [new DataModule(), new TrackingModule(), new RegistryModule(), new TrainingModule(), new ServingModule(), new LoopModule()];

    public TestFloor Floor { get; }

    public MemoryPredictionLog Log { get; } = new();

    public IDatasets Datasets => _services.GetRequiredService<IDatasets>();

    public IModelRegistry Registry => _services.GetRequiredService<IModelRegistry>();

    public IEnumerable<IPipelineComponent> Components => _services.GetServices<IPipelineComponent>();

    public static async Task<LoopBench> CreateAsync() => new(
        await TestFloor.CreateAsync(modules: [.. Modules.Select(m => new ModuleMigrations(m.Name, m.GetType().Assembly))]));

    /// <summary>400 days; y is three times x and a bit by city, with little noise. The first 200 rows are the first training window.</summary>
    public static Frame Data(double slope = 3)
    {
        var random = new Random(5);
        var x = Enumerable.Range(0, 400).Select(_ => random.NextDouble() * 10).ToArray();
        var city = Enumerable.Range(0, 400).Select(i => (string?)(i % 3 == 0 ? "a" : "b")).ToArray();
        var start = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return new Frame(
        [
            new TimeColumn("t", [.. Enumerable.Range(0, 400).Select(i => TimeColumn.ToMicros(start.AddDays(i)))]),
            new NumericColumn("x", x),
            new TextColumn("city", city),
            new NumericColumn("y", [.. x.Select((v, i) => (slope * v) + (i % 3 == 0 ? 1 : 0) + (random.NextDouble() * 0.01))]),
        ]);
    }

    /// <summary>Adds the data as a dataset and answers the subject as JSON.</summary>
    public async Task<JsonObject> SubjectAsync(Frame data)
    {
        var version = (await Datasets.AddFrameAsync("default", "base", "test", data, default)).OrThrow();
        var subject = new Subject(
            "base", version.Digest, 0, 200, "t", "y", LearningTask.Regression, ["x", "city"], [], "r2", "linear", "prices", "prices", 7);
        return (JsonObject)JsonSerializer.SerializeToNode(subject, SubjectContext.Default.Subject)!;
    }

    public Task<Result<JsonObject>> RunAsync(string component, JsonObject inputs, string run = "run1") =>
        Components.Single(c => c.Name == $"slipway/{component}").RunAsync(
            new ComponentContext("default", run, component, 1, inputs, _ => { }), CancellationToken.None);

    /// <summary>Runs the steps in the order of the retraining pipeline, passing on outputs as it does; the last outputs by step.</summary>
    public async Task<Dictionary<string, JsonObject>> RetrainAsync(JsonObject subject, string run, string until = "", string fault = "")
    {
        var outputs = new Dictionary<string, JsonObject>();
        async Task StepAsync(string step, string component, Action<JsonObject> fill)
        {
            var inputs = new JsonObject { ["subject"] = subject.DeepClone() };
            fill(inputs);
            outputs[step] = (JsonObject)JsonNode.Parse((await RunAsync(component, inputs, run)).OrThrow().ToJsonString())!;
        }

        void Table(JsonObject i) => (i["dataset"], i["version"]) = (outputs["collect"]["dataset"]!.DeepClone(), outputs["collect"]["version"]!.DeepClone());
        await StepAsync("collect", "collect-labelled", i => (i["until"], i["fault"]) = (until, fault));
        await StepAsync("split", "split-by-time", Table);
        await StepAsync("train", "train", i =>
        {
            Table(i);
            i["holdoutFrom"] = outputs["split"]["holdoutFrom"]!.DeepClone();
        });
        await StepAsync("evaluate", "evaluate", i =>
        {
            Table(i);
            i["holdoutFrom"] = outputs["split"]["holdoutFrom"]!.DeepClone();
            i["challenger"] = outputs["train"]["comparable"]!.DeepClone();
        });
        await StepAsync("gate", "gate", i => i["evaluation"] = outputs["evaluate"]["evaluation"]!.DeepClone());
        if ((bool)outputs["gate"]["passed"]!)
        {
            await StepAsync("register", "register", i => Register(i, outputs));
        }

        return outputs;
    }

    public static void Register(JsonObject inputs, Dictionary<string, JsonObject> outputs)
    {
        inputs["choice"] = outputs["gate"]["choice"]!.DeepClone();
        inputs["why"] = outputs["gate"]["reason"]!.DeepClone();
        inputs["reason"] = "test";
        inputs["dataset"] = outputs["collect"]["digest"]!.DeepClone();
        inputs["training"] = outputs["train"]["training"]!.DeepClone();
        inputs["evaluation"] = outputs["evaluate"]["evaluation"]!.DeepClone();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
