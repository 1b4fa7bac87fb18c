using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Objects;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Tests.Artifacts;

/// <summary>The artifact proxy on a real floor and a real port, with the runs that <see cref="ArtifactHost.RunRoot"/> names.</summary>
internal sealed class ArtifactHost : IAsyncDisposable
{
    public const string Proxy = "/api/2.0/mlflow-artifacts/artifacts";
    public const string RunId = "0123456789abcdef0123456789abcdef";
    public const string ModelId = "m-0123456789abcdef0123456789abcdef";

    private readonly WebApplication _app;

    private ArtifactHost(TestFloor floor, WebApplication app, ManualTimeProvider clock)
    {
        (Floor, _app, Clock) = (floor, app, clock);
        Address = new Uri(app.Urls.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    public TestFloor Floor { get; }

    public ManualTimeProvider Clock { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public IArtifactFiles Files => _app.Services.GetRequiredService<IArtifactFiles>();

    public ArtifactCollector Collector => _app.Services.GetRequiredService<ArtifactCollector>();

    public ArtifactTree Tree => _app.Services.GetRequiredService<ArtifactTree>();

    public static string RunRoot => $"1/{RunId}/artifacts";

    public static async Task<ArtifactHost> StartAsync(DatabaseEngine engine = DatabaseEngine.Sqlite, IObjectHolder? holder = null, Places? places = null)
    {
        var (module, clock) = (new TrackingModule(), new ManualTimeProvider());
        var floor = await TestFloor.CreateAsync(engine, clock, modules: [new ModuleMigrations(module.Name, typeof(TrackingModule).Assembly)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Secrets).AddSingleton(floor.Time).AddSingleton(floor.Objects).AddSingleton(floor.Events);
        module.AddServices(builder.Services, builder.Configuration);
        places ??= new Places();
        builder.Services.Replace(ServiceDescriptor.Singleton<IModelSources>(places)).AddSingleton<IModelVersionFiles>(places);

        // Passes are made by the tests, not by the clock that they move.
        builder.Services.RemoveAll<IHostedService>();
        if (holder is not null)
        {
            builder.Services.AddSingleton(holder);
        }

        var app = builder.Build();
        app.UseAjaxPrefix();
        app.UseRouting();
        module.MapRoutes(app);
        await app.StartAsync();
        return new ArtifactHost(floor, app, clock);
    }

    public async Task<HttpResponseMessage> PutAsync(string path, byte[] content, string? workspace = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Raw($"{Proxy}/{path}")) { Content = new ByteArrayContent(content) };
        if (workspace is not null)
        {
            request.Headers.Add(MlflowWorkspace.Header, workspace);
        }

        return await Http.SendAsync(request);
    }

    public async Task StoreAsync(string path, byte[] content, string? workspace = null)
    {
        using var answer = await PutAsync(path, content, workspace);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public async Task<byte[]> LoadAsync(string path) => await Http.GetByteArrayAsync(Raw($"{Proxy}/{path}"));

    public async Task<JsonObject> GetAsync(string address, int status = 200)
    {
        using var answer = await Http.GetAsync(Raw(address));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{address}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public async Task<JsonObject> PostAsync(string address, JsonObject body, int status = 200)
    {
        using var content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(Raw(address), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{address}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The names in a listing, folders with a '/' behind.</summary>
    public async Task<string> ListAsync(string folder)
    {
        var answer = await GetAsync($"{Proxy}?path={Uri.EscapeDataString(folder)}");
        return string.Join(' ', (answer["files"] as JsonArray ?? []).Select(f => (string)f!["path"]! + ((bool)f["is_dir"]! ? "/" : "")));
    }

    /// <summary>An address that goes out as it stands here: <see cref="Uri"/> would resolve dots and decode escapes.</summary>
    public Uri Raw(string address)
    {
        var absolute = address.StartsWith("http", StringComparison.Ordinal) ? address : $"http://127.0.0.1:{Address.Port}{address}";
        return new Uri(absolute, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    public async Task<int> ObjectsAsync() => await Task.FromResult(
        Directory.EnumerateFiles(Path.Combine(Floor.DataFolder, "objects"), "*", SearchOption.AllDirectories).Count());

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Floor.DisposeAsync();
    }

    /// <summary>One run, one logged model, and version 3 of a model that Slipway trained.</summary>
    internal sealed class Places : IModelSources, IModelVersionFiles
    {
        public IReadOnlyList<ModelVersionFile> Version { get; set; } = [];

        public string Root { get; set; } = $"mlflow-artifacts:/{RunRoot}";

        public Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation) =>
            Task.FromResult(modelId == ModelId ? new LoggedModelSource(modelId, $"mlflow-artifacts:/1/models/{ModelId}/artifacts", RunId) : null);

        public Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation) => Task.CompletedTask;

        public Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation) =>
            Task.FromResult(runId == RunId && ns == "default" ? Root : null);

        public Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(string ns, string model, int version, CancellationToken cancellation) =>
            Task.FromResult(ns == "default" && model == "housing" && version == 3 ? Result.From(Version) : Problem.NotFound("version"));
    }
}
