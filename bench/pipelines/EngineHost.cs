using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Runs;
using Slipway.Pipelines.Workers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Bench.Pipelines;

/// <summary>A step that does nothing, at once.</summary>
internal sealed class Nothing : IPipelineComponent
{
    public string Name => "bench/nothing";

    public Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation) => Task.FromResult<Result<JsonObject>>(new JsonObject());
}

/// <summary>A step that waits, so that many live at once.</summary>
internal sealed class Waiting : IPipelineComponent
{
    public string Name => "bench/waiting";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellation);
        return new JsonObject();
    }
}

/// <summary>The engine on a real floor, without HTTP.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly IHost _host;

    private EngineHost(TestFloor floor, IHost host) => (Floor, _host) = (floor, host);

    public TestFloor Floor { get; }

    public RunService Runs => _host.Services.GetRequiredService<RunService>();

    public static async Task<EngineHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var module = new PipelinesModule();
        var floor = await TestFloor.CreateAsync(modules: new ModuleMigrations(module.Name, typeof(PipelinesModule).Assembly));
        var resources = await TestResources.CreateAsync(floor, module.Kinds);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Slipway:Pipelines:Folder"] = Path.Combine(floor.DataFolder, "pipelines");
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Services.AddLogging().AddMetrics();
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Time).AddSingleton(floor.Objects).AddSingleton(floor.Events);
        builder.Services.AddSingleton(resources.Store).AddSingleton(resources.Kinds);
        builder.Services.AddSingleton<IPipelineComponent, Nothing>().AddSingleton<IPipelineComponent, Waiting>();
        module.AddServices(builder.Services, builder.Configuration);

        // The engine alone: schedules, triggers and senders need modules that are not here.
        foreach (var other in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType != typeof(RunKeeper)).ToList())
        {
            builder.Services.Remove(other);
        }

        var host = builder.Build();
        await host.StartAsync();
        return new EngineHost(floor, host);
    }

    public async Task<string> SubmitAsync(PipelineSpec spec, string ns = "default") =>
        (await Runs.SubmitAsync(new RunSubmission(ns, spec, []), CancellationToken.None)).OrThrow().Id;

    public async Task FinishedAsync(int runs)
    {
        await foreach (var finished in Floor.Events.FollowAsync(0, new EventFilter("pipeline.run.finished"), CancellationToken.None))
        {
            if (JsonNode.Parse(finished.Payload.Span)!["state"]!.ToString() != "Succeeded")
            {
                throw new InvalidOperationException(JsonNode.Parse(finished.Payload.Span)!.ToJsonString());
            }

            if (--runs == 0)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Floor.DisposeAsync();
    }
}
