using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Kinds;
using Slipway.Monitoring.Windows;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Resources;
using Slipway.Training;

namespace Slipway.Monitoring.Tests.Monitors;

/// <summary>The module on a real database and resource store, wired by its own AddServices; the log and the dataset stand in memory.</summary>
internal sealed class MonitorBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private MonitorBench(TestFloor floor, IResourceStore resources)
    {
        (Floor, Resources) = (floor, resources);
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddSingleton(floor.Database).AddSingleton(floor.Time).AddSingleton(resources);
        services.AddSingleton<IPredictionLog>(Log).AddSingleton<IDatasets>(Datasets);
        new TrainingModule().AddServices(services, new ConfigurationBuilder().Build());
        new MonitoringModule().AddServices(services, new ConfigurationBuilder().Build());
        _services = services.BuildServiceProvider();
    }

    public TestFloor Floor { get; }

    public IResourceStore Resources { get; }

    public MemoryPredictionLog Log { get; } = new();

    /// <summary>Training data: x is 0..199, spread evenly; y is the same.</summary>
    public MemoryDatasets Datasets { get; } = new(new Frame(
        [new NumericColumn("x", [.. Enumerable.Range(0, 200).Select(i => (double)i)]), new NumericColumn("y", [.. Enumerable.Range(0, 200).Select(i => (double)i)])]));

    public IController Controller => _services.GetRequiredService<IController>();

    public MonitorStore Store => _services.GetRequiredService<MonitorStore>();

    public static async Task<MonitorBench> CreateAsync(DatabaseEngine engine = DatabaseEngine.Sqlite)
    {
        var floor = await TestFloor.CreateAsync(
            engine, new ManualTimeProvider(), modules: new ModuleMigrations("monitoring", typeof(MonitoringModule).Assembly));
        var resources = await TestResources.CreateAsync(floor, MonitorKind.Kind);
        return new MonitorBench(floor, resources.Store);
    }

    public async Task<Result<Resource>> ApplyAsync(JsonObject? spec = null, string name = "prices")
    {
        var monitor = Resource.Create(MonitorKind.Kind, "default", name);
        monitor.Json["spec"] = spec ?? Spec();
        return await Resources.CreateAsync(MonitorKind.Kind, monitor, new WriteOptions("test"), CancellationToken.None);
    }

    public static JsonObject Spec(string dataset = "training", string? predictionColumn = null)
    {
        var reference = new JsonObject { ["dataset"] = dataset };
        if (predictionColumn is not null)
        {
            reference["predictionColumn"] = predictionColumn;
        }

        return new JsonObject { ["inferenceService"] = "prices", ["task"] = "regression", ["metric"] = "mae", ["reference"] = reference };
    }

    public Task<ReconcileOutcome> ReconcileAsync(string name = "prices") =>
        Controller.ReconcileAsync(new ResourceRef("default", name), CancellationToken.None);

    public async Task<Resource> GetAsync(string name = "prices") =>
        (await Resources.GetAsync(MonitorKind.Kind, "default", name, CancellationToken.None)).Value;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
