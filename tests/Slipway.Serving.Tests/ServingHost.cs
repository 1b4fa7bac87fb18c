using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Hosting;
using Slipway.Platform.Objects;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Platform.Resources.Storage;
using Slipway.Registry;
using Slipway.Serving.Kinds;
using Slipway.Serving.Tests.Rollouts;

namespace Slipway.Serving.Tests;

/// <summary>The real server around the serving and registry modules: Kestrel on loopback, SQLite and objects in a temporary folder.</summary>
internal sealed class ServingHost : IAsyncDisposable
{
    private readonly TempFolder? _ownFolder;
    private readonly WebApplication _app;
    private bool _disposed;

    private ServingHost(WebApplication app, TempFolder? ownFolder, X509Certificate2? certificate)
    {
        (_app, _ownFolder) = (app, ownFolder);
        var addresses = app.Urls.ToArray();
        Http = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        Grpc = new GrpcClient(new Uri(addresses[1]), certificate);
    }

    public HttpClient Http { get; }

    public GrpcClient Grpc { get; }

    public IModelRegistry Registry => Get<IModelRegistry>();

    public IResourceStore Resources => Get<IResourceStore>();

    /// <param name="folder">To start again on what another host left; a new one when null.</param>
    /// <param name="settings">Floor:DatabaseUrl and Floor:ObjectsUrl make it a replica of others that have the same.</param>
    public static Task<ServingHost> StartAsync(TempFolder? folder = null, params (string Key, string Value)[] settings) => StartAsync(folder, null, settings);

    /// <param name="certificate">Of the gRPC port, which is without TLS otherwise.</param>
    public static Task<ServingHost> StartTlsAsync(X509Certificate2 certificate) => StartAsync(null, certificate, []);

    private static async Task<ServingHost> StartAsync(TempFolder? folder, X509Certificate2? certificate, (string Key, string Value)[] settings)
    {
        var own = folder is null ? new TempFolder() : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        builder.Services.AddMetrics().AddRouting();
        builder.Services.AddFloor(new FloorOptions
        {
            DataFolder = (folder ?? own)!.FullPath, DatabaseUrl = builder.Configuration["Floor:DatabaseUrl"], ObjectsUrl = builder.Configuration["Floor:ObjectsUrl"],
        });
        ServingModule serving = new();
        RegistryModule registry = new();
        builder.Services.AddSingleton(new KindCatalog([.. CoreKinds.All, .. serving.Kinds]));
        builder.Services.AddResources();
        registry.AddServices(builder.Services, builder.Configuration);
        serving.AddServices(builder.Services, builder.Configuration);

        // Explanations judge by the quality metrics.
        new Training.TrainingModule().AddServices(builder.Services, builder.Configuration);

        // Promotion policies judge a monitor's windows; without a monitor there are none.
        builder.Services.AddSingleton<IMonitorWindows>(new MemoryWindows());
        var app = builder.Build();
        app.Use(TellAsync);
        serving.MapRoutes(app);
        (await app.Services.GetRequiredService<Floor>().StartAsync(
            [new ModuleMigrations("registry", typeof(RegistryModule).Assembly), new ModuleMigrations("serving", typeof(ServingModule).Assembly)],
            CancellationToken.None)).OrThrow();
        await app.StartAsync();
        return new ServingHost(app, own, certificate);
    }

    /// <summary>A fault of the server is told whole, so that a test that meets a 500 says why.</summary>
    private static async Task TellAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (Exception exception) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = exception is Microsoft.AspNetCore.Http.BadHttpRequestException bad ? bad.StatusCode : 500;
            await http.Response.WriteAsync(exception.ToString());
        }
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Registers the model's next version and returns its number.</summary>
    public async Task<int> RegisterAsync(string model, byte[] onnx)
    {
        var digest = (await Get<IObjectStore>().PutBytesAsync(onnx, CancellationToken.None)).OrThrow().Sha256;
        var version = await Registry.RegisterAsync(
            new RegisterModelVersion("default", model, digest, "onnx", Guid.NewGuid().ToString()), CancellationToken.None);
        return version.OrThrow().Version;
    }

    public async Task<AliasAssignment> MoveAsync(string model, string alias, int version) =>
        (await Registry.SetAliasAsync("default", model, alias, version, "test", "because", CancellationToken.None)).OrThrow();

    /// <summary>Applies a service and waits until it is observed.</summary>
    /// <param name="canaries">Percent and storageUri, named c0, c1, ...</param>
    public async Task<Resource> ApplyAsync(
        string name, string storageUri, (int Percent, string Uri)[]? canaries = null, string? mirror = null, string? mirrorVersions = null, int? rollout = null)
    {
        var resource = Resource.Create(InferenceServiceKind.Definition, "default", name);
        var predictor = Predictor(storageUri);
        if (rollout is not null)
        {
            predictor["canaryTrafficPercent"] = rollout;
        }

        resource.Json["spec"] = new JsonObject
        {
            ["predictor"] = predictor,
            ["canary"] = new JsonArray([.. (canaries ?? []).Select((c, i) => new JsonObject
            {
                ["trafficPercent"] = c.Percent, ["predictor"] = Predictor(c.Uri, string.Create(CultureInfo.InvariantCulture, $"c{i}")),
            })]),
        };
        var annotations = new JsonObject();
        resource.Metadata["annotations"] = annotations;
        if (mirror is not null)
        {
            annotations["slipway.dev/mirror"] = mirror;
        }

        if (mirrorVersions is not null)
        {
            annotations["slipway.dev/mirror-versions"] = mirrorVersions;
        }

        var applied = (await Resources.ApplyAsync(InferenceServiceKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        return await UntilAsync(name, r => (long?)r.Status["observedGeneration"] == applied.Generation && AnnotationsAreLive(r));

        // Annotations do not move the generation; the service's route is what tells.
        bool AnnotationsAreLive(Resource _) =>
            mirrorVersions is null || Get<Slipway.Serving.Revisions.RouteTable>().Find("default", name) is { Mirrors: true };
    }

    /// <summary>Applies a service as it is written and waits until it is observed.</summary>
    public async Task<Resource> ApplyManifestAsync(string name, string spec, string annotations = "{}")
    {
        var resource = Resource.Create(InferenceServiceKind.Definition, "default", name);
        resource.Json["spec"] = JsonNode.Parse(spec);
        resource.Metadata["annotations"] = JsonNode.Parse(annotations);
        var applied = (await Resources.ApplyAsync(InferenceServiceKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        return await UntilAsync(name, r => (long?)r.Status["observedGeneration"] == applied.Generation);
    }

    /// <summary>Applies a service whose predictor is given as JSON, and waits until it is observed.</summary>
    public async Task<Resource> ApplyAsync(string name, JsonObject predictor, JsonObject? annotations = null)
    {
        var resource = Resource.Create(InferenceServiceKind.Definition, "default", name);
        resource.Json["spec"] = new JsonObject { ["predictor"] = predictor };
        resource.Metadata["annotations"] = annotations ?? [];
        var applied = (await Resources.ApplyAsync(InferenceServiceKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        return await UntilAsync(name, r => (long?)r.Status["observedGeneration"] == applied.Generation);
    }

    /// <summary>Reads the service until it is as expected; the test's own time limit ends a wait in vain.</summary>
    public async Task<Resource> UntilAsync(string name, Func<Resource, bool> expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var found = (await Resources.GetAsync(InferenceServiceKind.Definition, "default", name, limit.Token)).OrThrow();
            if (expected(found))
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    public Task<HttpResponseMessage> InferAsync(string service, string? id, float sales, string? eventTime = null, string city = "Austin", string path = "") =>
        Http.PostAsync($"/v2/models/{service}{path}/infer", Body(id, sales, eventTime, city));

    public async Task<JsonObject> AnswerAsync(string service, string? id, float sales, string? eventTime = null)
    {
        using var response = await InferAsync(service, id, sales, eventTime);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public async Task<JsonObject> JsonAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public Task<HttpResponseMessage> FeedbackAsync(string service, string body) => Http.PostAsync(
        $"/api/slipway/v1/namespaces/default/inferenceservices/{service}/feedback", new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<JsonObject> SummaryAsync(string service, string query = "") =>
        JsonAsync($"/api/slipway/v1/namespaces/default/inferenceservices/{service}/predictions/summary{query}");

    /// <summary>Stops it as a server is stopped; again it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Http.Dispose();
        Grpc.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ownFolder?.Dispose();
    }

    private static StringContent Body(string? id, float sales, string? eventTime, string city)
    {
        var body = new JsonObject
        {
            ["inputs"] = new JsonArray(
                new JsonObject { ["name"] = "city", ["shape"] = new JsonArray(1, 1), ["datatype"] = "BYTES", ["data"] = new JsonArray(city) },
                new JsonObject { ["name"] = "sales", ["shape"] = new JsonArray(1, 1), ["datatype"] = "FP32", ["data"] = new JsonArray(sales) }),
        };
        if (id is not null)
        {
            body["id"] = id;
        }

        if (eventTime is not null)
        {
            body["parameters"] = new JsonObject { ["event_time"] = eventTime };
        }

        return new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    }

    private static JsonObject Predictor(string storageUri, string? name = null)
    {
        var predictor = new JsonObject
        {
            ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = storageUri },
        };
        if (name is not null)
        {
            predictor["name"] = name;
        }

        return predictor;
    }
}
