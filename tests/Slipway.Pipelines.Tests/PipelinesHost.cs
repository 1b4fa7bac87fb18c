using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Reading;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Runs;
using Slipway.Pipelines.Storage;
using Slipway.Pipelines.Triggers;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Registry;

namespace Slipway.Pipelines.Tests;

/// <summary>The module on a real floor and a real HTTP port, with the real registry beside it; components and the monitor's windows are the test's.</summary>
internal sealed class PipelinesHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PipelinesHost(TestFloor floor, WebApplication app, IResourceStore resources)
    {
        (Floor, _app, Resources) = (floor, app, resources);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/api/slipway/v1/namespaces/default/") };
    }

    public TestFloor Floor { get; }

    public IResourceStore Resources { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public IPipelineRuns Runs => _app.Services.GetRequiredService<IPipelineRuns>();

    public RunService Service => _app.Services.GetRequiredService<RunService>();

    public RunEngine Engine => _app.Services.GetRequiredService<RunEngine>();

    /// <summary>As a second server would have, on the same tables.</summary>
    public RunEngine AnotherEngine() => ActivatorUtilities.CreateInstance<RunEngine>(_app.Services);

    public IModelRegistry Registry => _app.Services.GetRequiredService<IModelRegistry>();

    public IController Trigger => _app.Services.GetRequiredService<IController>();

    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];

    public static Task<PipelinesHost> StartAsync(params FakeComponent[] components) => StartAsync(DatabaseEngine.Sqlite, null, [], components);

    /// <param name="windows">What the trigger sees of its monitor.</param>
    /// <param name="settings">Of the configuration.</param>
    public static Task<PipelinesHost> StartAsync(
        DatabaseEngine engine, IMonitorWindows? windows, (string Key, string Value)[] settings, params FakeComponent[] components) =>
        StartAsync(engine, null, windows, settings, components);

    /// <param name="time">The clock; the system's when null.</param>
    public static Task<PipelinesHost> StartAsync(
        DatabaseEngine engine, TimeProvider? time, IMonitorWindows? windows, (string Key, string Value)[] settings, params FakeComponent[] components) =>
        StartAsync(engine, time, windows, settings, null, components);

    /// <param name="services">Stand before the module's own.</param>
    public static async Task<PipelinesHost> StartAsync(
        DatabaseEngine engine, TimeProvider? time, IMonitorWindows? windows, (string Key, string Value)[] settings, Action<IServiceCollection>? services,
        params FakeComponent[] components)
    {
        var module = new PipelinesModule();
        var floor = await TestFloor.CreateAsync(
            engine, time, modules: [new ModuleMigrations(module.Name, typeof(PipelinesModule).Assembly), new ModuleMigrations("registry", typeof(RegistryModule).Assembly)]);
        var resources = await TestResources.CreateAsync(floor, module.Kinds);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Slipway:Pipelines:Folder"] = Path.Combine(floor.DataFolder, "pipelines");
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Secrets).AddSingleton(floor.Time).AddSingleton(floor.Objects).AddSingleton(floor.Events).AddSingleton(floor.Leases);
        builder.Services.AddSingleton(resources.Store).AddSingleton(resources.Kinds).AddSingleton(windows ?? new MemoryWindows());
        foreach (var component in components)
        {
            builder.Services.AddSingleton<IPipelineComponent>(component);
        }

        services?.Invoke(builder.Services);
        new RegistryModule().AddServices(builder.Services, builder.Configuration);
        module.AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        module.MapRoutes(app);
        await app.StartAsync();
        return new PipelinesHost(floor, app, resources.Store);
    }

    /// <param name="spec">JSON of the Pipeline's spec.</param>
    public async Task<Resource> ApplyAsync(string name, string spec)
    {
        var pipeline = Resource.Create(PipelineKind.Kind, "default", name);
        pipeline.Json["spec"] = JsonNode.Parse(spec);
        return (await Resources.ApplyAsync(PipelineKind.Kind, pipeline, "test", CancellationToken.None)).OrThrow();
    }

    public async Task<Resource> CreateTriggerAsync(string spec, string name = "watch")
    {
        var trigger = Resource.Create(TriggerKind.Kind, "default", name);
        trigger.Json["spec"] = JsonNode.Parse(spec);
        return (await Resources.CreateAsync(TriggerKind.Kind, trigger, new WriteOptions("test"), CancellationToken.None)).OrThrow();
    }

    public async Task<PipelineRun> RunAsync(string pipeline, string parameters = "{}", string key = "k")
    {
        var request = new SubmitPipelineRun("default", pipeline, (JsonObject)JsonNode.Parse(parameters)!, key, "because");
        return await FinishedAsync((await Runs.SubmitAsync(request, CancellationToken.None)).OrThrow().Id);
    }

    /// <summary>Submits a pipeline in the IR and waits for its end.</summary>
    public async Task<RunView> RunIrAsync(string yaml, string parameters = "{}", RunOptions? options = null)
    {
        var run = (await SubmitIrAsync(yaml, parameters, options)).OrThrow();
        await FinishedAsync(run.Id);
        return (await Service.FindWithTasksAsync(run.Id, CancellationToken.None))!;
    }

    public async Task<Result<RunRow>> SubmitIrAsync(string yaml, string parameters = "{}", RunOptions? options = null)
    {
        var spec = PipelineReader.Read(yaml).OrThrow().Spec;
        return await Service.SubmitAsync(
            new RunSubmission("default", spec, (JsonObject)JsonNode.Parse(parameters)!) { Options = options ?? RunOptions.Default }, CancellationToken.None);
    }

    /// <summary>Waits for the run's end by following the event log.</summary>
    /// <param name="times">How often it has ended by then: a run may be retried.</param>
    public async Task<PipelineRun> FinishedAsync(string id, int times = 1)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var _ in Floor.Events.FollowAsync(0, new EventFilter("pipeline.run.finished", Subject: $"pipelineruns/{id}"), limit.Token))
        {
            if (--times == 0)
            {
                break;
            }
        }

        return (await Runs.GetAsync("default", id, CancellationToken.None)).OrThrow();
    }

    /// <summary>Waits until the task's attempt is written down as running.</summary>
    public async Task RunningAsync(string id, string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await Service.FindWithTasksAsync(id, limit.Token))!.Tasks.All(t => t.Path != path || t.StateValue != TaskState.Running))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    public async Task<IReadOnlyList<Event>> EventsAsync(string type) => await Floor.Events.ReadAsync(0, new EventFilter(type), 1000, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
