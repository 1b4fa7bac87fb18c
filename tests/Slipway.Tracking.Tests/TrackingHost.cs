using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Tracking.Tests;

/// <summary>The module on a real floor, and on a real HTTP port.</summary>
internal sealed class TrackingHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TrackingHost(TestFloor floor, WebApplication app, ManualTimeProvider clock)
    {
        (Floor, _app, Clock) = (floor, app, clock);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/api/slipway/v1/namespaces/default/") };
        Mlflow = new MlflowCaller(new Uri(app.Urls.First()));
    }

    public TestFloor Floor { get; }

    public ManualTimeProvider Clock { get; }

    public HttpClient Http { get; }

    /// <summary>As MLflow's clients call.</summary>
    public MlflowCaller Mlflow { get; }

    public IServiceProvider Services => _app.Services;

    public IRunRecorder Recorder => _app.Services.GetRequiredService<IRunRecorder>();

    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];

    public static async Task<TrackingHost> StartAsync(DatabaseEngine engine = DatabaseEngine.Sqlite)
    {
        var (module, clock) = (new TrackingModule(), new ManualTimeProvider());
        var floor = await TestFloor.CreateAsync(engine, clock, modules: [new ModuleMigrations(module.Name, typeof(TrackingModule).Assembly)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Time).AddSingleton(floor.Objects).AddSingleton(floor.Events).AddSingleton(floor.Secrets);
        builder.Services.AddSingleton(new KindCatalog(CoreKinds.All)).AddResources();
        module.AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        app.UseAjaxPrefix();
        app.UseRouting();
        module.MapRoutes(app);
        await app.StartAsync();
        return new TrackingHost(floor, app, clock);
    }

    /// <summary>32 hex characters from a small number.</summary>
    public static string RunId(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    public async Task StartRunAsync(int number, string experiment = "housing") =>
        (await Recorder.StartAsync(
            new RunStart("default", experiment, RunId(number), $"run {number}") { Tags = new Dictionary<string, string> { ["a"] = "b" } }, default)).OrThrow();

    public async Task<RunDetail> GetAsync(int number) => (await Http.GetFromJsonAsync($"runs/{RunId(number)}", TrackingJson.Default.RunDetail))!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Mlflow.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
