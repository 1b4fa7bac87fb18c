using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Objects;
using Slipway.Platform.Resources;
using Slipway.Registry;
using Slipway.Serving.Kinds;
using Slipway.Serving.Rollouts;

namespace Slipway.Serving.Tests.Rollouts;

/// <summary>Windows as the test says; everything else on the bench is real.</summary>
internal sealed class MemoryWindows : IMonitorWindows
{
    public List<MonitorWindow> All { get; } = [];

    public Task<IReadOnlyList<MonitorWindow>> ListAsync(string ns, string monitor, int after, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<MonitorWindow>>([.. All.Where(w => w.Number > after)]);
}

/// <summary>A model with versions and a champion, an inference service that serves it, and a policy, on a real database, resource store and registry.</summary>
internal sealed class RolloutBench : IAsyncDisposable
{
    public static readonly ResourceRef Key = new("default", "housing");

    private readonly ServiceProvider _services;

    private RolloutBench(TestFloor floor, IResourceStore resources)
    {
        (Floor, Resources) = (floor, resources);
        var services = new ServiceCollection();
        services.AddSingleton(floor.Database).AddSingleton(floor.Secrets).AddSingleton(floor.Objects).AddSingleton(floor.Time).AddSingleton(resources);
        services.AddSingleton<IMonitorWindows>(Windows).AddRollouts();
        new RegistryModule().AddServices(services, new ConfigurationBuilder().Build());
        _services = services.BuildServiceProvider();
    }

    public TestFloor Floor { get; }

    public IResourceStore Resources { get; }

    public MemoryWindows Windows { get; } = new();

    public IModelRegistry Registry => _services.GetRequiredService<IModelRegistry>();

    public IController Controller => _services.GetRequiredService<IController>();

    public static async Task<RolloutBench> CreateAsync(DatabaseEngine engine = DatabaseEngine.Sqlite, int versions = 3, bool service = true)
    {
        var floor = await TestFloor.CreateAsync(
            engine, new ManualTimeProvider(),
            modules: [new ModuleMigrations("registry", typeof(RegistryModule).Assembly), new ModuleMigrations("serving", typeof(ServingModule).Assembly)]);
        var resources = await TestResources.CreateAsync(floor, InferenceServiceKind.Definition, RolloutsRegistration.Kind);
        var bench = new RolloutBench(floor, resources.Store);
        var artifact = (await floor.Objects.PutBytesAsync("model"u8.ToArray(), default)).OrThrow();
        for (var i = 1; i <= versions; i++)
        {
            (await bench.Registry.RegisterAsync(new RegisterModelVersion("default", "housing", artifact.Sha256, "onnx", $"key{i}"), default)).OrThrow();
        }

        await bench.PointAsync("champion", 1);
        if (service)
        {
            await bench.CreateServiceAsync();
        }

        (await bench.CreatePolicyAsync(Spec())).OrThrow();
        return bench;
    }

    public static JsonObject Spec() => new() { ["model"] = "housing", ["inferenceService"] = "prices", ["monitor"] = "prices" };

    public Task<Result<Resource>> CreatePolicyAsync(JsonObject spec, string name = "housing")
    {
        var policy = Resource.Create(RolloutsRegistration.Kind, "default", name);
        policy.Json["spec"] = spec;
        return Resources.CreateAsync(RolloutsRegistration.Kind, policy, new WriteOptions("test"), default);
    }

    public async Task CreateServiceAsync()
    {
        var service = Resource.Create(InferenceServiceKind.Definition, "default", "prices");
        service.Json["spec"] = new JsonObject
        {
            ["predictor"] = new JsonObject
            {
                ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = "models:/housing@champion" },
            },
        };
        (await Resources.CreateAsync(InferenceServiceKind.Definition, service, new WriteOptions("test"), default)).OrThrow();
    }

    public async Task PointAsync(string alias, int? version) =>
        (await Registry.SetAliasAsync("default", "housing", alias, version, "ada", "trained anew", default)).OrThrow();

    public async Task<int?> AliasAsync(string alias) => (await Registry.GetAliasAsync("default", "housing", alias, default))?.Version;

    public Task<ReconcileOutcome> ReconcileAsync() => Controller.ReconcileAsync(Key, default);

    public async Task<JsonObject> StatusAsync() => (await GetPolicyAsync()).Status;

    public async Task<Resource> GetPolicyAsync() => (await Resources.GetAsync(RolloutsRegistration.Kind, "default", "housing", default)).OrThrow();

    public async Task<Resource> GetServiceAsync() => (await Resources.GetAsync(InferenceServiceKind.Definition, "default", "prices", default)).OrThrow();

    /// <summary>The rollout's events: <c>started 10%</c>, ...</summary>
    public async Task<IReadOnlyList<string>> EventsAsync()
    {
        var events = await Floor.Events.ReadAsync(0, new EventFilter("rollout."), 1000, default);
        return [.. events.Select(e => $"{e.Type["rollout.".Length..]} {(int)JsonNode.Parse(e.Payload.Span)!["percent"]!}%")];
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
