using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Data.Ports;
using Slipway.Platform.Database;

namespace Slipway.Data.Tests;

/// <summary>The module on a real floor behind a real port of this machine.</summary>
internal sealed class DataServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DataServer(TestFloor floor, WebApplication app) => (Floor, _app) = (floor, app);

    public TestFloor Floor { get; }

    public IDatasets Datasets => _app.Services.GetRequiredService<IDatasets>();

    public HttpClient Http { get; private set; } = null!;

    public static async Task<DataServer> StartAsync(DatabaseEngine engine = DatabaseEngine.Sqlite, long? maxUploadBytes = null)
    {
        var module = new DataModule();
        var floor = await TestFloor.CreateAsync(engine, new ManualTimeProvider(), modules: new ModuleMigrations(module.Name, typeof(DataModule).Assembly));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Objects).AddSingleton(floor.Time);
        if (maxUploadBytes is { } most)
        {
            builder.Configuration["Slipway:Data:MaxUploadBytes"] = most.ToString();
        }

        builder.Configuration["Slipway:Data:Threads"] = "1";
        module.AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        module.MapRoutes(app);
        await app.StartAsync();
        return new DataServer(floor, app) { Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) } };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Floor.DisposeAsync();
    }
}
