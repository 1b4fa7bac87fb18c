using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Platform.Resources;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Sinks;

public sealed class EventSinkTests
{
    [Fact]
    public async Task AnExchange_IsSentAsTwoEvents_JoinedByTheirId_AsTheyWere()
    {
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(sink.Url + "/events", """ "metadataHeaders":["X-Tenant"],"metadataAnnotations":["team"] """, """{"team":"blue"}""");

        const string Body = """{"id":"p-1","inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["A"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/housing/infer") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Ce-Id", "mine-7");
        request.Headers.Add("X-Tenant", "north");
        using var answered = await host.Http.SendAsync(request);
        var answer = await answered.Content.ReadAsStringAsync();

        var events = (await sink.UntilAsync(2)).OrderBy(e => e["ce-type"], StringComparer.Ordinal).ToArray();
        Assert.Equal(["org.kubeflow.serving.inference.request", "org.kubeflow.serving.inference.response"], events.Select(e => e["ce-type"]));
        Assert.Equal([Body, answer], events.Select(e => e.Body));
        Assert.All(events, e =>
        {
            Assert.Equal("/events", e.Path);
            Assert.Equal(("1.0", "mine-7", "housing", "default", "predictor", "default"), (e["ce-specversion"], e["ce-id"], e["ce-inferenceservicename"], e["ce-namespace"], e["ce-component"], e["ce-endpoint"]));
            Assert.Equal(("p-1", "1", "housing-00001"), (e["ce-predictionid"], e["ce-modelversion"], e["ce-revision"]));
            Assert.Equal(("""{"X-Tenant":["north"]}""", """{"team":"blue"}"""), (e["ce-metadata"], e["ce-annotations"]));
            Assert.StartsWith("application/json", e["content-type"], StringComparison.Ordinal);
            Assert.True(DateTimeOffset.Parse(e["ce-time"], null) <= DateTimeOffset.Parse(e["ce-recordedtime"], null));
            Assert.EndsWith("/serving/default/housing", e["ce-source"], StringComparison.Ordinal);
            Assert.False(e.Headers.ContainsKey("ce-statuscode"));
        });
    }

    [Fact]
    public async Task EveryProtocol_IsSeen()
    {
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(sink.Url, """ "mode":"request" """);

        const string Rows = """{"instances":[{"city":["A"],"sales":[3]}]}""";
        const string Table = """{"dataframe_split":{"columns":["city","sales"],"data":[["A",3]]}}""";
        await PostAsync(host, "/v1/models/housing:predict", Rows);
        await PostAsync(host, "/serving/default/housing/v1/models/housing:predict", Rows);
        await PostAsync(host, "/serve/housing/invocations", Table);
        var message = ModelInferRequest.Parser.ParseJson(
            """{"modelName":"housing","inputs":[{"name":"city","datatype":"BYTES","shape":[1,1],"contents":{"bytesContents":["QQ=="]}},{"name":"sales","datatype":"FP32","shape":[1,1],"contents":{"fp32Contents":[3]}}]}""");
        Assert.NotEmpty((await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", message, ModelInferResponse.Parser)).Answer.Outputs);

        var events = await sink.UntilAsync(4);
        Assert.Equal([Rows, Rows, Table], events.Where(e => e["content-type"].StartsWith("application/json", StringComparison.Ordinal)).Select(e => e.Body).Order(StringComparer.Ordinal).Reverse());
        Assert.Single(events, e => e["content-type"] == "application/x-protobuf");
        Assert.Equal(4, events.Select(e => e["ce-id"]).Distinct().Count());
    }

    [Theory]
    [InlineData("false", 1)]
    [InlineData("true", 2)]
    public async Task AnAnswerThatIsNo200_IsSentWhenAskedFor_WithItsStatus(string all, int expected)
    {
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(sink.Url, """ "mode":"all" """, $$"""{"slipway.dev/log-all-responses":"{{all}}"}""");

        using var refused = await host.Http.PostAsync("/v2/models/housing/infer", new StringContent("{", Encoding.UTF8, "application/json"));
        await host.AnswerAsync("housing", "after", 1);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var events = (await sink.UntilAsync(expected + 2)).Where(e => e.Body == "{" || e.Body.Contains("error", StringComparison.Ordinal)).ToArray();
        Assert.Equal(expected, events.Length);
        Assert.Equal(all == "true" ? "400" : null, events.SingleOrDefault(e => e["ce-type"].EndsWith("response", StringComparison.Ordinal))?["ce-statuscode"]);
    }

    [Fact]
    public async Task Sampling_KeepsTheSameIdsEachTime()
    {
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(sink.Url, """ "mode":"response" """, """{"slipway.dev/payload-sample":"20"}""");

        for (var i = 0; i < 100; i++)
        {
            await host.AnswerAsync("housing", $"r{i}", i);
        }

        await host.DisposeAsync();
        var expected = Enumerable.Range(0, 100).Select(i => $"r{i}").Where(id => Slipway.Serving.Domain.TrafficSplit.IsSampled(id, 20)).Order(StringComparer.Ordinal);
        Assert.Equal(expected, sink.All.Select(e => e["ce-predictionid"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ASinkThatFailsForAWhile_GetsEveryEventOnce()
    {
        var left = 3;
        await using var sink = await TestSink.StartAsync((http, _) =>
        {
            http.Response.StatusCode = Interlocked.Decrement(ref left) >= 0 ? 503 : 200;
            return Task.CompletedTask;
        });
        await using var host = await HostAsync(sink.Url, """ "mode":"response" """);
        using var counters = new Counters(host);

        await host.AnswerAsync("housing", "a", 1);
        await host.AnswerAsync("housing", "b", 2);

        await sink.UntilAsync(5);
        await host.DisposeAsync();
        Assert.Equal((2, 3, 0, 0), (counters["slipway_serving_sink_sent"], counters["slipway_serving_sink_retries"], counters["slipway_serving_sink_shed"], counters["slipway_serving_sink_waiting"]));
        Assert.Equal(5, sink.All.Count);
    }

    [Fact]
    public async Task ASinkThatDoesNotAnswer_SlowsNoRequest_AndEveryEventIsAccountedFor()
    {
        using var released = new CancellationTokenSource();
        await using var sink = await TestSink.StartAsync((http, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, released.Token).ContinueWith(static _ => { }, TaskScheduler.Default));
        await using var host = await HostAsync(sink.Url, """ "mode":"all" """, "{}", ("Serving:SinkQueue", "20"), ("Serving:SinkFlushMs", "50"), ("Serving:SinkTimeoutMs", "600000"));
        using var counters = new Counters(host);

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => host.AnswerAsync("housing", $"r{i}", i)));

        // 1000 events: 4 are with the sink, 20 wait, the rest was shed while all 500 requests were answered.
        var status = await host.UntilAsync("housing", r => Condition(r, "LoggerReady") == "False");
        Assert.Contains("did not reach it", status.Status["conditions"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("True", Condition(status, "Ready"));
        Assert.Equal(500, counters["nv_inference_request_success"]);
        await host.DisposeAsync();
        await released.CancelAsync();
        Assert.Equal(1000, counters["slipway_serving_sink_sent"] + counters["slipway_serving_sink_shed"]);
        Assert.True(counters["slipway_serving_sink_shed:queue"] >= 1000 - 24 - 4, $"{counters["slipway_serving_sink_shed:queue"]}");
        Assert.True(counters["slipway_serving_sink_shed:stopped"] > 0);
        Assert.Equal(0, counters["slipway_serving_sink_waiting"]);
    }

    [Fact]
    public async Task Stopping_SendsWhatWaits()
    {
        await using var sink = await TestSink.StartAsync((_, _) => Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        await using var host = await HostAsync(sink.Url, """ "mode":"all" """);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => host.AnswerAsync("housing", $"r{i}", i)));
        await host.DisposeAsync();

        Assert.Equal(200, sink.All.Count);
        Assert.Equal(100, sink.All.Select(e => e["ce-id"]).Distinct().Count());
    }

    [Fact]
    public async Task AHostThatIsNotListed_IsNotCalled_AndTheStatusSaysSo()
    {
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(sink.Url, """ "mode":"all" """, "{}", ("Serving:OutboundHosts", "*.example.com, 127.0.0.1:1"));

        await host.AnswerAsync("housing", "a", 1);

        var status = await host.UntilAsync("housing", r => Condition(r, "LoggerReady") == "False");
        Assert.Contains("Serving:OutboundHosts", status.Status["conditions"]!.ToJsonString(), StringComparison.Ordinal);
        await host.DisposeAsync();
        Assert.Empty(sink.All);
    }

    private static async Task<ServingHost> HostAsync(string url, string logger, string annotations = "{}", params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(null, settings);
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyManifestAsync(
            "housing",
            $$"""{"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"},"logger":{"url":"{{url}}",{{logger}} } } }""",
            annotations);
        return host;
    }

    private static async Task PostAsync(ServingHost host, string path, string body)
    {
        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string? Condition(Resource resource, string type) => (resource.Status["conditions"] as JsonArray ?? [])
        .OfType<JsonObject>().Where(c => (string?)c["type"] == type).Select(c => (string?)c["status"]).FirstOrDefault();
}
