using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Serving.Runtimes.Remote;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Models that another server answers for: a second Slipway over V2 (binary) and V1, and one that misbehaves.</summary>
public sealed class RemoteModelTests
{
    [Theory]
    [InlineData("v2")]
    [InlineData("v1")]
    public async Task AnotherServersModel_IsServedLikeOnesOwn(string protocol)
    {
        await using var far = await ServingHost.StartAsync();
        await far.ServeAsync("m", Models.BatchMean);
        await using var host = await ServingHost.StartAsync();
        var service = await host.ServeAsync("near", [], """{"batcher":{"maxBatchSize":4}}""", format: "remote", storageUri: $"{far.Http.BaseAddress}{protocol}/models/m");

        Assert.Equal("True", (string?)service.Status["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "Ready")!["status"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var response = await host.InferAsync("near", $"r{i}", i, city: $"Zürich {i}");
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["outputs"]!;
        }));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"Zürich {i}: {i}"), answers.Select(a => $"{a[0]!["data"]![0]}: {a[1]!["data"]![0]}"));
        Assert.Equal($"remote_{protocol}", (string?)(await host.JsonAsync("/v2/models/near"))["platform"]);
        Assert.Equal(40, (long)(await host.SummaryAsync("near"))["served"]!);
    }

    [Fact]
    public async Task ItsRefusals_AreToldAsWhatTheyMean()
    {
        await using var far = await FakeServer.StartAsync();
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("near", [], format: "remote", storageUri: far.Model);

        var told = new List<(int, string)>();
        foreach (var status in new[] { 400, 404, 429, 503, 500 })
        {
            far.Status = status;
            using var response = await InferAsync(host);
            told.Add(((int)response.StatusCode, response.Headers.RetryAfter?.ToString() ?? ""));
        }

        Assert.Equal([(400, ""), (503, ""), (429, "7"), (503, "7"), (500, "")], told);
        far.Status = 200;
        using var fine = await InferAsync(host);
        Assert.Equal("""[{"name":"y","shape":[1,1],"datatype":"FP32","data":[42]}]""", JsonNode.Parse(await fine.Content.ReadAsStringAsync())!["outputs"]!.ToJsonString());
        using var wrong = await host.Http.PostAsync(
            "/v2/models/near/infer", ServiceHarness.Json("""{"inputs":[{"name":"z","shape":[1,1],"datatype":"FP32","data":[1]}]}"""));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task AServerThatIsDown_IsNotAskedAgainUntilItsHealthCheckSaysSo()
    {
        await using var far = await FakeServer.StartAsync();
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("near", [], format: "remote", storageUri: far.Model);
        far.Status = 500;
        for (var i = 0; i < 8; i++)
        {
            using var response = await InferAsync(host);
        }

        Assert.Equal(5, far.Inferences);
        far.Status = 200;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await InferAsync(host);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    [Fact]
    public async Task ACallerWhoHangsUp_HangsUpOnTheOtherServerToo()
    {
        await using var far = await FakeServer.StartAsync();
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("near", [], format: "remote", storageUri: far.Model);
        far.Status = 0;
        using var caller = new CancellationTokenSource();
        var asked = InferAsync(host, caller.Token);
        await far.Hanging.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await far.HungUp.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    [Fact]
    public async Task AHostThatIsNotAllowed_IsNotCalled()
    {
        await using var far = await FakeServer.StartAsync();
        await using var host = await ServingHost.StartAsync(null, ("Serving:OutboundHosts", "models.example.com"));

        var service = await host.ServeAsync("near", [], format: "remote", storageUri: far.Model);

        var condition = service.Status["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "PredictorReady")!;
        Assert.Equal("False", (string?)condition["status"]);
        Assert.Contains("Serving:OutboundHosts", (string?)condition["message"], StringComparison.Ordinal);
        Assert.Equal(0, far.Calls);
    }

    [Fact]
    public async Task TheBreaker_WaitsLongerEachTime_AndOpensWhenTheServerIsUp()
    {
        var clock = new Slipway.Conformance.ManualTimeProvider();
        var (probes, up) = (0, false);
        using var breaker = new RemoteBreaker(clock, _ =>
        {
            probes++;
            return Task.FromResult(up);
        });
        for (var i = 0; i < 4; i++)
        {
            breaker.OnFailure();
        }

        breaker.OnAnswer(200);
        breaker.OnAnswer(501);
        Assert.Null(breaker.ClosedFor);
        for (var i = 0; i < 5; i++)
        {
            breaker.OnAnswer(503);
        }

        Assert.Equal(TimeSpan.FromSeconds(1), breaker.ClosedFor);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, TimeSpan.FromSeconds(2)), (probes, breaker.ClosedFor!.Value));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, TimeSpan.FromSeconds(4)), (probes, breaker.ClosedFor!.Value));
        up = true;
        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(breaker.ClosedFor);
        await Task.CompletedTask;
    }

    private static Task<HttpResponseMessage> InferAsync(ServingHost host, CancellationToken cancellation = default) => host.Http.PostAsync(
        "/v2/models/near/infer", ServiceHarness.Json("""{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}"""), cancellation);

    /// <summary>A V2 server that speaks JSON only and answers as it is told; 0 does not answer.</summary>
    private sealed class FakeServer : IAsyncDisposable
    {
        private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private WebApplication? _app;
        private int _calls;
        private int _inferences;

        public int Status { get; set; } = 200;

        public int Calls => _calls;

        public int Inferences => _inferences;

        public Task Hanging => _hanging.Task;

        public Task HungUp => _hungUp.Task;

        public string Model => $"{_app!.Urls.First()}/v2/models/m";

        public static async Task<FakeServer> StartAsync()
        {
            var server = new FakeServer();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapGet("/v2", () => server.Count("""{"name":"fake","version":"1","extensions":[]}"""));
            app.MapGet("/v2/models/m", () => server.Count(
                """{"name":"m","platform":"p","inputs":[{"name":"x","datatype":"FP32","shape":[-1,1]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,1]}]}"""));
            app.MapGet("/v2/models/m/ready", () => Results.StatusCode(server.Status));
            app.MapPost("/v2/models/m/infer", server.InferAsync);
            await app.StartAsync();
            server._app = app;
            return server;
        }

        public ValueTask DisposeAsync() => _app!.DisposeAsync();

        private string Count(string answer)
        {
            Interlocked.Increment(ref _calls);
            return answer;
        }

        private async Task InferAsync(HttpContext http)
        {
            Interlocked.Increment(ref _calls);
            Interlocked.Increment(ref _inferences);
            if (Status == 0)
            {
                _hanging.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    _hungUp.TrySetResult();
                }

                return;
            }

            http.Response.StatusCode = Status;
            http.Response.Headers.RetryAfter = Status is 429 or 503 ? "7" : default(Microsoft.Extensions.Primitives.StringValues);
            await http.Response.WriteAsync(Status == 200
                ? """{"model_name":"m","outputs":[{"name":"y","shape":[1,1],"datatype":"FP32","data":[42.0]}]}"""
                : """{"error":"no"}""");
        }
    }
}
