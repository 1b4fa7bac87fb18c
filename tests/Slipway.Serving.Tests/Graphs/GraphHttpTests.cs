using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Graphs;

namespace Slipway.Serving.Tests.Graphs;

public sealed class GraphHttpTests
{
    private const string Rows = """{"instances":[{"city":["A"],"sales":[3]}]}""";
    private const string Oip = """{"id":"p-1","inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["A"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";

    [Fact]
    public async Task AnEnsemble_MergesWhatItsStepsAnswer_InBothProtocols()
    {
        await using var host = await HostAsync();
        await ApplyAsync(host, """{"nodes":{"root":{"routerType":"Ensemble","steps":[{"name":"first","serviceName":"once"},{"serviceName":"twice"}]}}}""");

        Assert.Equal("""{"first":{"predictions":[[3]]},"1":{"predictions":[[6]]}}""", await TextAsync(host, Rows));
        var oip = JsonNode.Parse(await TextAsync(host, Oip))!;
        Assert.Equal((3, 6), ((int)oip["first"]!["outputs"]![0]!["data"]![0]!, (int)oip["1"]!["outputs"]![0]!["data"]![0]!));
        Assert.Equal(("p-1", "once", "twice"), ((string)oip["first"]!["id"]!, (string)oip["first"]!["model_name"]!, (string)oip["1"]!["model_name"]!));

        // In process, yet logged as every prediction is.
        Assert.Equal(2, (int)(await host.SummaryAsync("twice"))["served"]!);
    }

    [Fact]
    public async Task ASequence_PassesAnswersOn_AndConditionsEndIt()
    {
        await using var sink = await TestSink.StartAsync((http, received) =>
        {
            var answer = JsonNode.Parse(received.Body)!["instances"] is JsonArray instances ? new JsonObject { ["predictions"] = new JsonArray(instances.Count, "x") } : JsonNode.Parse(received.Body);
            return http.Response.WriteAsJsonAsync(answer);
        });
        await using var host = await HostAsync();
        await ApplyAsync(
            host,
            $$"""
            {"nodes":{"root":{"routerType":"Sequence","steps":[
              {"name":"model","serviceName":"twice"},
              {"name":"again","serviceUrl":"{{sink.Url}}/a","data":"$response"},
              {"name":"mapped","serviceUrl":"{{sink.Url}}/b","data":"$response.predictions"},
              {"name":"never","serviceUrl":"{{sink.Url}}/c","condition":"predictions.#(==\"y\")"},
              {"name":"after","serviceUrl":"{{sink.Url}}/d"}]} } }
            """);

        using var response = await PostAsync(host, Rows);
        Assert.Equal("""{"predictions":[1,"x"]}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("root/model, root/again, root/mapped", response.Headers.GetValues("Slipway-Graph-Steps").Single());
        Assert.Equal(["/a", "/b"], sink.All.Select(r => r.Path));
        Assert.Equal(["""{"predictions":[[6]]}""", """{"instances":[[6]]}"""], sink.All.Select(r => r.Body));
    }

    [Fact]
    public async Task ASwitch_TakesTheFirstConditionThatHolds_AndSaysWhenNoneDoes()
    {
        await using var host = await HostAsync();
        await ApplyAsync(
            host,
            """
            {"nodes":{"root":{"routerType":"Switch","steps":[
              {"serviceName":"once","condition":"[@this].#(kind==\"small\")"},
              {"nodeName":"big","condition":"kind"}]},
              "big":{"routerType":"Splitter","steps":[{"name":"all","serviceName":"twice","weight":100}]}}}
            """);

        Assert.Equal("""{"predictions":[[3]]}""", await TextAsync(host, Rows.Insert(1, "\"kind\":\"small\",")));
        Assert.Equal("""{"predictions":[[6]]}""", await TextAsync(host, Rows.Insert(1, "\"kind\":\"large\",")));
        using var none = await PostAsync(host, Rows);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("node 'root': no condition", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hard", "Sequence", HttpStatusCode.ServiceUnavailable)]
    [InlineData("Soft", "Sequence", HttpStatusCode.OK)]
    [InlineData("Hard", "Ensemble", HttpStatusCode.ServiceUnavailable)]
    [InlineData("Soft", "Ensemble", HttpStatusCode.OK)]
    public async Task AFailure_IsTheNodesWhenItIsHard_AndNamesTheStep(string dependency, string router, HttpStatusCode expected)
    {
        await using var sink = await TestSink.StartAsync((http, _) =>
        {
            http.Response.StatusCode = 503;
            return http.Response.WriteAsync("""{"error":"out of order"}""");
        });
        await using var host = await HostAsync();
        await ApplyAsync(
            host,
            $$"""{"nodes":{"root":{"routerType":"{{router}}","steps":[{"name":"bad","serviceUrl":"{{sink.Url}}/x","dependency":"{{dependency}}"},{"name":"good","serviceName":"once"}]} } }""");

        using var response = await PostAsync(host, Rows);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(expected, response.StatusCode);
        var message = $"node 'root', step 'bad' ({sink.Url}/x): out of order";
        if (dependency == "Hard")
        {
            Assert.Equal(message, (string)JsonNode.Parse(text)!["error"]!);
        }
        else
        {
            Assert.Equal(router == "Sequence" ? """{"predictions":[[3]]}""" : $$"""{"bad":{"error":"{{message}}"},"good":{"predictions":[[3]]} }""".Replace("} }", "}}", StringComparison.Ordinal), text);
        }
    }

    [Fact]
    public async Task AnUnknownService_AWrongInput_AndADeadAddress_AreToldOfTheirSteps()
    {
        await using var host = await HostAsync();
        foreach (var (step, body, status, words) in new[]
        {
            ("""{"serviceName":"nobody","dependency":"Hard"}""", Rows, 404, "node 'root', step '0' (service nobody): Model 'nobody' not found"),
            ("""{"serviceName":"once","dependency":"Hard"}""", """{"instances":[{"city":["A"]}]}""", 400, "node 'root', step '0' (service once): instances"),
            ("""{"serviceName":"once"}""", """{"x":1}""", 400, "node 'root', step '0' (service once): The body has neither"),
            ("""{"serviceUrl":"http://127.0.0.1:1/x"}""", Rows, 502, "node 'root', step '0' (http://127.0.0.1:1/x): it cannot be reached"),
        })
        {
            await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Sequence","steps":[{{step}}]} } }""");
            using var response = await PostAsync(host, body);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Contains(words, (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AStepThatTakesTooLong_IsA504ThatNamesIt()
    {
        await using var sink = await TestSink.StartAsync((http, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));
        await using var host = await HostAsync();
        await ApplyAsync(host, $$"""{"routerTimeouts":{"serviceClient":1},"nodes":{"root":{"routerType":"Sequence","steps":[{"name":"slow","serviceUrl":"{{sink.Url}}"}]} } }""");

        using var step = await PostAsync(host, Rows);
        Assert.Equal(HttpStatusCode.GatewayTimeout, step.StatusCode);
        Assert.Contains("step 'slow'", await step.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await ApplyAsync(host, $$"""{"timeout":1,"nodes":{"root":{"routerType":"Sequence","steps":[{"name":"slow","serviceUrl":"{{sink.Url}}"}]} } }""");
        using var whole = await PostAsync(host, Rows);
        Assert.Equal(HttpStatusCode.GatewayTimeout, whole.StatusCode);
        Assert.Contains("graph 'g' did not answer within 1 s", await whole.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEnsemblesSteps_RunAtTheSameTime_AndAHardFailureCancelsTheOthers()
    {
        // Each answers only when the other has come: one after the other would never end.
        using var both = new CountdownEvent(2);
        var come = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var sink = await TestSink.StartAsync(async (http, received) =>
        {
            if (received.Path == "/wait")
            {
                http.RequestAborted.Register(() => cancelled.TrySetResult());
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            }

            if (received.Path == "/fail")
            {
                http.Response.StatusCode = 500;
                return;
            }

            if (both.Signal())
            {
                come.SetResult();
            }

            await come.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
            await http.Response.WriteAsync("{}");
        });
        await using var host = await HostAsync();
        await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Ensemble","steps":[{"serviceUrl":"{{sink.Url}}/a"},{"serviceUrl":"{{sink.Url}}/b"}]} } }""");
        Assert.Equal("""{"0":{},"1":{}}""", await TextAsync(host, Rows));

        await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Ensemble","steps":[{"serviceUrl":"{{sink.Url}}/wait"},{"serviceUrl":"{{sink.Url}}/fail","dependency":"Hard"}]} } }""");
        using var failed = await PostAsync(host, Rows);
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    [Fact]
    public async Task WhenTheCallerGoes_TheStepsAreCancelled()
    {
        var (begun, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var sink = await TestSink.StartAsync(async (http, _) =>
        {
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        });
        await using var host = await HostAsync();
        await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceUrl":"{{sink.Url}}"}]} } }""");
        using var leaving = new CancellationTokenSource();

        var asked = host.Http.PostAsync("/serving/default/g", new StringContent(Rows, Encoding.UTF8, "application/json"), leaving.Token);
        await begun.Task;
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    [Fact]
    public async Task OnlyNamedHeaders_GoToAddresses_AndALoopOverThemEnds()
    {
        await using var host = await HostAsync();
        await using var sink = await TestSink.StartAsync((http, _) => http.Response.WriteAsync("{}"));
        await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceUrl":"{{sink.Url}}"}]} } }""", """{"slipway.dev/propagate-headers":"X-Tenant, X-Ours-*"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/serving/default/g") { Content = new StringContent(Rows, Encoding.UTF8, "application/json") };
        foreach (var name in new[] { "X-Tenant", "X-Ours-A", "Authorization", "Cookie", "X-Other", "traceparent" })
        {
            request.Headers.TryAddWithoutValidation(name, "v");
        }

        using var answered = await host.Http.SendAsync(request);
        var sent = Assert.Single(sink.All).Headers;
        Assert.Equal(["slipway-graph-hops", "traceparent", "x-ours-a", "x-tenant"], sent.Keys.Where(k => k.StartsWith("x-", StringComparison.Ordinal) || k is "authorization" or "cookie" or "traceparent" or "slipway-graph-hops").Order(StringComparer.Ordinal));

        await ApplyAsync(host, $$"""{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceUrl":"{{host.Http.BaseAddress}}serving/default/g"}]} } }""");
        using var loop = await PostAsync(host, Rows);
        Assert.Equal(508, (int)loop.StatusCode);
    }

    [Fact]
    public async Task TheStatus_TellsTheAddress_AndWhatIsMissing()
    {
        await using var host = await HostAsync();
        var waiting = await ApplyAsync(host, """{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceName":"later"}]}}}""");
        Assert.EndsWith("/serving/default/g", (string)waiting.Status["url"]!, StringComparison.Ordinal);
        Assert.Contains("there is no inference service", waiting.Status["conditions"]!.ToJsonString(), StringComparison.Ordinal);

        await host.ApplyAsync("later", "models:/once/1");
        await UntilAsync(host, r => r.Status["conditions"]!.ToJsonString().Contains("\"True\"", StringComparison.Ordinal));
        Assert.Equal("""{"predictions":[[3]]}""", await TextAsync(host, Rows));

        (await host.Resources.DeleteAsync(InferenceGraphKind.Definition, "default", "g", new DeleteOptions("test"), CancellationToken.None)).OrThrow();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var gone = await PostAsync(host, Rows);
            if (gone.StatusCode == HttpStatusCode.NotFound)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    [Fact]
    public async Task AGraph_IsThereAfterARestart()
    {
        using var folder = new TempFolder();
        await using (var first = await HostAsync(folder))
        {
            await ApplyAsync(first, """{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceName":"twice"}]}}}""");
        }

        await using var second = await ServingHost.StartAsync(folder);
        Assert.Equal("""{"predictions":[[6]]}""", await TextAsync(second, Rows));
    }

    [Fact]
    public async Task NoBody_IsTheServersFault()
    {
        await using var host = await HostAsync();
        await ApplyAsync(
            host,
            """
            {"nodes":{"root":{"routerType":"Ensemble","steps":[{"serviceName":"once"},{"nodeName":"seq"},{"nodeName":"switch"}]},
              "seq":{"routerType":"Sequence","steps":[{"serviceName":"twice"},{"serviceName":"once","data":"$response.predictions"},{"serviceName":"once","data":"$response.outputs"},{"serviceName":"once","data":"$response"}]},
              "switch":{"routerType":"Switch","steps":[{"serviceName":"once","condition":"inputs.#(name==\"sales\")"},{"serviceName":"twice","condition":"instances.0"}]}}}
            """);
        var random = new Random(11);
        string[] seeds = [Rows, Oip, """{"inputs":{"city":[["A"]],"sales":[[1]]}}""", "{}", "[]", "null", "", """{"instances":[]}""", """{"inputs":[]}""", """{"inputs":[1]}""", """{"id":5,"instances":{}}""", """{"id":"\ud800","instances":[{"city":["\ud800"],"sales":[3]}]}""", """{"a":1,"a":2,"predictions":[]}""", new string('[', 500)];
        for (var i = 0; i < 300; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Length)]);
            for (var change = random.Next(4); change > 0 && bytes.Length > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            using var response = await host.Http.PostAsync("/serving/default/g", new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } });
            Assert.True((int)response.StatusCode < 500, $"{(int)response.StatusCode} for {Encoding.UTF8.GetString(bytes)}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private static async Task<ServingHost> HostAsync(TempFolder? folder = null)
    {
        var host = await ServingHost.StartAsync(folder);
        await host.RegisterAsync("once", Models.Once);
        await host.RegisterAsync("twice", Models.Twice);
        await host.ApplyAsync("once", "models:/once/1");
        await host.ApplyAsync("twice", "models:/twice/1");
        return host;
    }

    private static async Task<Resource> ApplyAsync(ServingHost host, string spec, string annotations = "{}")
    {
        var resource = Resource.Create(InferenceGraphKind.Definition, "default", "g");
        resource.Json["spec"] = JsonNode.Parse(spec);
        resource.Metadata["annotations"] = JsonNode.Parse(annotations);
        var applied = (await host.Resources.ApplyAsync(InferenceGraphKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        return await UntilAsync(host, r => (long?)r.Status["observedGeneration"] == applied.Generation);
    }

    private static async Task<Resource> UntilAsync(ServingHost host, Func<Resource, bool> expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var found = (await host.Resources.GetAsync(InferenceGraphKind.Definition, "default", "g", limit.Token)).OrThrow();
            if (expected(found))
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    private static Task<HttpResponseMessage> PostAsync(ServingHost host, string body) =>
        host.Http.PostAsync("/serving/default/g", new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<string> TextAsync(ServingHost host, string body)
    {
        using var response = await PostAsync(host, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
