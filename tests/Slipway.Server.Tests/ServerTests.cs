using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Modules;
using Slipway.Server.Hosting;

namespace Slipway.Server.Tests;

public class ServerTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Probes_AnswerOk(string path) => Assert.Equal("ok", await Server.Http.GetStringAsync(path));

    [Fact]
    public async Task WhoAmI_IsTheLocalUser()
    {
        var review = await Server.PostAsync(
            "/apis/authentication.k8s.io/v1/selfsubjectreviews", """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""", HttpStatusCode.Created);

        Assert.Equal("user:local", (string?)review["status"]!["userInfo"]!["username"]);
    }

    [Fact]
    public async Task HomePage_MayLoadNothingFromElsewhere()
    {
        using var answer = await Server.Http.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.StartsWith("<!doctype html>", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Answers_DoNotNameTheServerSoftware()
    {
        using var answer = await Server.Http.GetAsync("/livez");

        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/api/slipway/v1/nowhere")]
    [InlineData("DELETE", "/nowhere/file.js")]
    public async Task UnknownPath_Is404InWords(string method, string path)
    {
        using var answer = await Server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal($"{method} {path}: this path not found", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]);
    }

    [Theory]
    [InlineData("GET", "/v2/models/m/infer", "POST")]
    [InlineData("POST", "/v2/health/live", "GET")]
    [InlineData("DELETE", "/v2/models/m", "GET")]
    [InlineData("GET", "/v2/repository/index", "POST")]
    [InlineData("PUT", "/v1/models/m:predict", "GET, POST")]
    [InlineData("GET", "/invocations", "POST")]
    [InlineData("GET", "/serving/default/m/v2/models/m/infer", "POST")]
    public async Task AnInferencePathWithTheWrongMethod_Is405_AndNamesTheRightOne(string method, string path, string allowed)
    {
        using var answer = await Server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
    }

    [Fact]
    public async Task BodyThatIsTooLarge_Is413()
    {
        var problem = await Server.PostAsync(
            "/api/slipway/v1/namespaces/default/pipelineruns/none/clone", $$"""{"parameters": "{{new string('x', 5 << 20)}}"}""", HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal("TooLarge", (string?)problem["title"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("{\"pipeline\": 1, \"pipeline\": 2}")]
    [InlineData("{\"pipeline\": \"p\", \"parameters\": {\"a\": 1, \"a\": 2}}")]
    [InlineData("{\"pipeline\": \"\\ud800\"}")]
    public async Task BodyThatIsNoObject_Is400(string body)
    {
        var problem = await Server.PostAsync("/api/slipway/v1/namespaces/default/pipelineruns", body, HttpStatusCode.BadRequest);

        Assert.Equal("Invalid", (string?)problem["title"]);
    }

    [Fact]
    public void EveryRoute_SaysWhoMayCallIt() => Assert.All(Server.Routes, r => Assert.NotNull(r.Metadata.GetMetadata<PermissionMetadata>()));

    [Fact]
    public void NothingThatChangesOrTellsMuch_IsPublic()
    {
        string[] open =
        [
            "/", "/livez", "/readyz", "/metrics", "/{**path}", "/v2", "/v2/health/live", "/v2/health/ready", "/serving/{ns}/{service}/v2",
            "/serving/{ns}/{service}/v2/health/live", "/serving/{ns}/{service}/v2/health/ready",

            // What MLflow's, SageMaker's and gRPC's probes ask.
            "/health", "/ping", "/serve/{model}/ping", "/serve/{model}/health", "/serve/{model}/version", "/serving/{ns}/{service}/ping",
            "/serving/{ns}/{service}/health", "/serving/{ns}/{service}/version", "/inference.GRPCInferenceService/ServerLive", "/inference.GRPCInferenceService/ServerReady",
            "/inference.GRPCInferenceService/ServerMetadata", "/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",

            // Its caller proves itself by the signature over the body.
            "/api/slipway/v1/namespaces/{ns}/triggers/{name}/webhook",
        ];

        // Discovery: which kinds there are, and that nothing is where nothing is.
        string[] discovery = ["/api", "/apis", "/version", "/openapi", "/healthz"];
        string[] unexpected =
        [
            .. Server.Routes
                .Where(r => r.Metadata.GetMetadata<PermissionMetadata>() is { Permission: "" })
                .Select(r => "/" + r.RoutePattern.RawText!.TrimStart('/'))
                .Where(p => !open.Contains(p) && !discovery.Any(d => p.StartsWith(d, StringComparison.Ordinal) && !p.Contains("namespaces", StringComparison.Ordinal))),
        ];
        Assert.Equal([], unexpected);
    }

    [Fact]
    public void EveryModule_StandsInTheTableOfContents()
    {
        var modules = typeof(Modules).Assembly.GetReferencedAssemblies()
            .Where(a => a.Name!.StartsWith("Slipway.", StringComparison.Ordinal))
            .SelectMany(a => System.Reflection.Assembly.Load(a).GetExportedTypes())
            .Where(t => t.IsClass && typeof(IModule).IsAssignableFrom(t))
            .Select(t => t.Name);

        Assert.Equal(modules.Order(StringComparer.Ordinal), Modules.All.Select(m => m.GetType().Name).Order(StringComparer.Ordinal));
        Assert.Equal(Modules.All.Count, Modules.All.Select(m => m.Name).Distinct().Count());
    }

    [Fact]
    public async Task PortThatIsTaken_IsToldWithTheCure()
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(() => TestServer.StartAsync(port: Server.Http.BaseAddress!.Port));

        Assert.Equal(ProblemCode.Conflict, refused.Problem.Code);
        Assert.Contains("--port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondServerOnTheSameFolder_IsRefused()
    {
        using var folder = new TempFolder();
        await using var first = await TestServer.StartAsync(folder);

        var refused = await Assert.ThrowsAsync<ProblemException>(() => TestServer.StartAsync(folder));

        Assert.Contains(folder.FullPath, refused.Message, StringComparison.Ordinal);
        Assert.Equal("ok", await first.Http.GetStringAsync("/readyz"));
    }

    [Fact]
    public void AddressThatOthersReach_NeedsAToken()
    {
        using var folder = new TempFolder();

        var refused = Assert.Throws<ProblemException>(() => SlipwayServer.Build(TestServer.Settings(folder, host: "0.0.0.0"), quiet: true));

        Assert.Contains("SLIPWAY_TOKEN", refused.Message, StringComparison.Ordinal);
    }
}
