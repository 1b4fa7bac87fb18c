using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Kubernetes;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Conformance;

/// <summary>The resource API on a real Kestrel, on a free loopback port, over a <see cref="TestFloor"/>; with the collector at work.</summary>
public sealed class TestResourceServer : IAsyncDisposable
{
    private readonly TestFloor _floor;
    private readonly WebApplication _app;

    private TestResourceServer(TestFloor floor, WebApplication app)
    {
        (_floor, _app) = (floor, app);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public TestFloor Floor => _floor;

    public IResourceStore Store => _app.Services.GetRequiredService<IResourceStore>();

    public IServiceProvider Services => _app.Services;

    /// <param name="engine">Which database lies beneath.</param>
    /// <param name="kinds">Besides the core kinds and those of <see cref="TestResources"/>.</param>
    /// <param name="configure">More services, such as an authorizer.</param>
    /// <param name="map">More routes, which must win over the API's catch-alls.</param>
    public static async Task<TestResourceServer> StartAsync(
        DatabaseEngine engine = DatabaseEngine.Sqlite, IEnumerable<ResourceKind>? kinds = null, Action<IServiceCollection>? configure = null, Action<WebApplication>? map = null)
    {
        var floor = await TestFloor.CreateAsync(engine);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(floor.Time);
        builder.Services.AddSingleton(floor.Database);
        builder.Services.AddSingleton(floor.Events);
        builder.Services.AddSingleton(new KindCatalog([.. CoreKinds.All, TestResources.Widget, TestResources.Depot, .. kinds ?? []]));
        builder.Services.AddResources();
        builder.Services.AddResourceApi();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapResourceApi();
        map?.Invoke(app);
        await app.StartAsync();
        return new TestResourceServer(floor, app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _floor.DisposeAsync();
    }
}
