using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Http;
using Slipway.Platform.Objects;
using Slipway.Registry.Webhooks;

namespace Slipway.Registry.Tests;

/// <summary>The module on a real floor, and on a real HTTP port.</summary>
internal sealed class RegistryHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _ownsFloor;

    private RegistryHost(TestFloor floor, WebApplication app, bool ownsFloor)
    {
        (Floor, _app, _ownsFloor) = (floor, app, ownsFloor);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/api/slipway/v1/namespaces/default/") };
        Kubeflow = new MlflowSpeaker(new Uri(app.Urls.First() + "/api/model_registry/v1alpha3/"));
        Mlflow = new MlflowSpeaker(new Uri(app.Urls.First() + "/api/2.0/mlflow/"));
    }

    public TestFloor Floor { get; }

    /// <summary>Speaks MLflow: paths begin at <c>2.0/mlflow</c>.</summary>
    public MlflowSpeaker Mlflow { get; }

    public HttpClient Http { get; }

    /// <summary>Speaks the Kubeflow Model Registry API.</summary>
    public MlflowSpeaker Kubeflow { get; }

    public IModelRegistry Registry => _app.Services.GetRequiredService<IModelRegistry>();

    public IObjectHolder Holder => _app.Services.GetRequiredService<IObjectHolder>();

    public IModelVersionFiles VersionFiles => _app.Services.GetRequiredService<IModelVersionFiles>();

    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];

    /// <param name="settings">Settings of the module, <c>Registry:..</c>.</param>
    /// <param name="services">Ports of other modules.</param>
    /// <param name="sender">Whether webhooks are sent; false is a server that dies before it gets to it.</param>
    public static async Task<RegistryHost> StartAsync(
        DatabaseEngine engine = DatabaseEngine.Sqlite, TimeProvider? time = null, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null,
        bool sender = true)
    {
        var floor = await TestFloor.CreateAsync(engine, time, modules: [new ModuleMigrations(new RegistryModule().Name, typeof(RegistryModule).Assembly)]);
        return await OnAsync(floor, settings, services, sender, ownsFloor: true);
    }

    /// <summary>A server on a floor that is there already.</summary>
    public static async Task<RegistryHost> OnAsync(
        TestFloor floor, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, bool sender = true, bool ownsFloor = false)
    {
        var module = new RegistryModule();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Objects).AddSingleton(floor.Time).AddSingleton(floor.Events).AddSingleton(floor.Secrets);
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        services?.Invoke(builder.Services);
        module.AddServices(builder.Services, builder.Configuration);
        foreach (var worker in builder.Services.Where(s => !sender && s.ImplementationType == typeof(HookSender)).ToArray())
        {
            builder.Services.Remove(worker);
        }

        var app = builder.Build();
        app.Use(async (http, next) =>
        {
            // Who calls: the server takes it from the token, tests from a header.
            using var identity = CallIdentity.ActAs(http.Request.Headers["X-User"].FirstOrDefault() ?? "user:test");
            await next(http);
        });
        app.UseRouting();
        module.MapRoutes(app);
        await app.StartAsync();
        return new RegistryHost(floor, app, ownsFloor);
    }

    /// <summary>A call of our own API by somebody, with the status it is answered with.</summary>
    public async Task<(int Status, JsonNode? Answer)> CallAsync(string method, string path, object? body = null, string user = "user:test")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-User", user);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 && answer.Content.Headers.ContentType?.MediaType != "text/markdown" ? JsonNode.Parse(text) : JsonValue.Create(text));
    }

    /// <summary>Puts an artifact and registers it; the same <paramref name="key"/> is the same registration.</summary>
    public async Task<ModelVersion> AddAsync(string model = "housing", string? key = null, int? parent = null, byte[]? bytes = null) =>
        (await Registry.RegisterAsync(await RequestAsync(model, key, parent, bytes), default)).OrThrow();

    public async Task<RegisterModelVersion> RequestAsync(string model = "housing", string? key = null, int? parent = null, byte[]? bytes = null)
    {
        var digest = (await Floor.Objects.PutBytesAsync(bytes ?? RandomNumberGenerator.GetBytes(64), default)).OrThrow();
        return new RegisterModelVersion("default", model, digest.Sha256, "onnx", key ?? Guid.NewGuid().ToString("N"))
        {
            Inputs = [new TensorSpec("sales", "FP32", [-1, 1])],
            Outputs = [new TensorSpec("variable", "FP32", [-1, 1])],
            Lineage = new ModelLineage { Datasets = ["sha-of-data"], Run = "run1", CodeCommit = "abc", ParentVersion = parent, Reason = "first" },
            Parameters = new Dictionary<string, string> { ["trees"] = "100" },
            Metrics = new Dictionary<string, double> { ["r2"] = 0.8, ["odd"] = double.NaN },
            Tags = new Dictionary<string, string> { ["team"] = "homes ✓" },
            Author = "ada",
        };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Mlflow.Dispose();
        Kubeflow.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsFloor)
        {
            await Floor.DisposeAsync();
        }
    }

    public static string PermissionOf(RouteEndpoint route) => route.Metadata.GetMetadata<PermissionMetadata>()?.Permission ?? "";
}
