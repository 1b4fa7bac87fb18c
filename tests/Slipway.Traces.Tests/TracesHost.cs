using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Traces.Tests;

/// <summary>The module on a real floor and a real port. Experiments 0 to 9 are there; 9 is deleted.</summary>
internal sealed class TracesHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TracesHost(TestFloor floor, WebApplication app, Files files)
    {
        (Floor, _app, Stored) = (floor, app, files);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public TestFloor Floor { get; }

    public Files Stored { get; }

    public HttpClient Http { get; }

    public IReadOnlyList<RouteEndpoint> Routes => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()];

    public static async Task<TracesHost> StartAsync(DatabaseEngine engine = DatabaseEngine.Sqlite)
    {
        var (module, files) = (new TracesModule(), new Files());
        var floor = await TestFloor.CreateAsync(engine, modules: [new ModuleMigrations(module.Name, typeof(TracesModule).Assembly)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(floor.Database).AddSingleton(floor.Time).AddSingleton(floor.Events).AddSingleton<IExperiments>(files).AddSingleton<IArtifactFiles>(files).AddSingleton<IModelSources>(files);
        module.AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        app.UseAjaxPrefix();
        app.UseRouting();
        module.MapRoutes(app);
        await app.StartAsync();
        return new TracesHost(floor, app, files);
    }

    public async Task<JsonObject> CallAsync(string method, string path, string? body = null, int status = 200, string? workspace = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path.StartsWith('/') ? path : "/api/" + path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (workspace is not null)
        {
            request.Headers.Add(MlflowWorkspace.Header, workspace);
        }

        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Puts a trace; members after the first replace those of the plain one.</summary>
    public async Task<JsonObject> PutAsync(string id, string experiment = "1", long time = 1000, long? duration = 10, string state = "OK", string? tags = null, string? metadata = null, string? client = null, string? assessments = null)
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var info = new JsonObject
        {
            ["trace_id"] = id,
            ["trace_location"] = JsonNode.Parse($$$"""{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "{{{experiment}}}"}}"""),
            ["request_time"] = moment,
            ["state"] = state,
            ["tags"] = JsonNode.Parse(tags ?? "{}"),
            ["trace_metadata"] = JsonNode.Parse(metadata ?? "{}"),
            ["assessments"] = JsonNode.Parse(assessments ?? "[]"),
        };
        if (duration is { } length)
        {
            info["execution_duration"] = string.Create(CultureInfo.InvariantCulture, $"{length / 1000.0}s");
        }

        if (client is not null)
        {
            info["client_request_id"] = client;
        }

        var answer = await CallAsync("POST", "3.0/mlflow/traces", new JsonObject { ["trace"] = new JsonObject { ["trace_info"] = info } }.ToJsonString());
        return answer["trace"]!["trace_info"]!.AsObject();
    }

    /// <summary>The ids that a search finds, in order.</summary>
    public async Task<string> FindAsync(string filter, string order = "", string experiments = "1,2")
    {
        var body = new JsonObject
        {
            ["locations"] = new JsonArray([.. experiments.Split(',').Select(e => JsonNode.Parse($$"""{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "{{e}}"} }"""))]),
            ["filter"] = filter,
            ["order_by"] = new JsonArray([.. order.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(o => JsonValue.Create(o))]),
        };
        var found = await CallAsync("POST", "3.0/mlflow/traces/search", body.ToJsonString());
        return string.Join(' ', (found["traces"] as JsonArray ?? []).Select(t => (string)t!["trace_id"]!));
    }

    /// <summary>Appends an event, as another module would.</summary>
    public async Task TellAsync(string type, string subject) => (await Floor.Database.WriteAsync<long>(
        async (session, _) => await session.AppendAsync(new EventDraft(type, "default", subject, "{}"u8.ToArray())), default)).OrThrow();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Floor.DisposeAsync();
    }

    /// <summary>What the module asks of tracking: experiments, the run r1, and files in memory.</summary>
    internal sealed class Files : IExperiments, IArtifactFiles, IModelSources
    {
        public Dictionary<string, byte[]> Content { get; } = [];

        public List<string> Deleted { get; } = [];

        public Task<ExperimentPlace?> FindAsync(string ns, string experimentId, CancellationToken cancellation) =>
            Task.FromResult(experimentId is [>= '0' and <= '9'] ? new ExperimentPlace(experimentId, "e", $"mlflow-artifacts:/{experimentId}", experimentId != "9") : null);

        public Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation) => Task.FromResult<LoggedModelSource?>(null);

        public Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation) =>
            Task.FromResult(runId == "r1" ? "mlflow-artifacts:/1/r1/artifacts" : null);

        public Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation) => Task.CompletedTask;

        Task<Result<ArtifactEntry>> IArtifactFiles.FindAsync(string ns, string uri, CancellationToken cancellation) => Task.FromResult<Result<ArtifactEntry>>(
            Content.TryGetValue(uri, out var bytes) ? new ArtifactEntry("f", false, bytes.Length, "", default) : Problem.NotFound("file"));

        public Task<Result<IReadOnlyList<ArtifactEntry>>> ListAsync(string ns, string uri, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<IReadOnlyList<ArtifactEntry>>> ListTreeAsync(string ns, string uri, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Stream>> OpenAsync(string ns, string uri, long offset, long? length, CancellationToken cancellation) =>
            Task.FromResult(Result.From<Stream>(new MemoryStream(Content[uri])));

        public Task<Result<ArtifactEntry>> WriteAsync(string ns, string uri, Stream content, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<long>> DeleteAsync(string ns, string uri, CancellationToken cancellation)
        {
            Deleted.Add(uri);
            return Task.FromResult(Result.From(1L));
        }
    }
}
