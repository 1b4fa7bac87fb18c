using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Serving.Tests.Doors;

/// <summary>The transformer is a real server: it doubles the sales, asks the predictor where it is told to, and names itself in the answer.</summary>
public sealed class TransformerTests
{
    private const string Rows = """{"instances":[{"city":["A"],"sales":[3]}]}""";
    private const string Oip = """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["A"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";

    [Theory]
    [InlineData("/v1/models/housing:predict", "/v1/models/housing:predict", Rows)]
    [InlineData("/v1/models/housing/versions/1:predict", "/v1/models/housing/versions/1:predict", Rows)]
    [InlineData("/serving/default/housing/v1/models/housing:predict", "/v1/models/housing:predict", Rows)]
    [InlineData("/v2/models/housing/infer", "/v2/models/housing/infer", Oip)]
    [InlineData("/serving/default/housing/v2/models/housing/infer", "/v2/models/housing/infer", Oip)]
    [InlineData("/serve/housing/invocations", "/invocations", Rows)]
    public async Task ARequest_GoesToTheTransformer_AndFromThereToThePredictor(string path, string asked, string body)
    {
        using var back = new HttpClient();
        await using var transformer = await TestSink.StartAsync((http, received) => TransformAsync(back, http, received, received["slipway-predictor"]));
        await using var host = await HostAsync(transformer.Url);

        using var response = await host.Http.PostAsync(path, Json(body));
        var text = await response.Content.ReadAsStringAsync();

        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Contains("\"by\":\"transformer\"", text, StringComparison.Ordinal);
        Assert.Contains("6", text, StringComparison.Ordinal);
        Assert.Equal([asked], transformer.All.Select(r => r.Path));
        Assert.Equal(1, (int)(await host.SummaryAsync("housing"))["served"]!);
    }

    [Fact]
    public async Task ATransformerThatAsksTheServiceItself_ComesToThePredictor_WhenItPassesHeadersOn()
    {
        using var back = new HttpClient();
        await using var transformer = await TestSink.StartAsync((http, received) =>
            TransformAsync(back, http, received, received["slipway-predictor"].Replace("/predictor", "", StringComparison.Ordinal)));
        await using var host = await HostAsync(transformer.Url);

        using var response = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(transformer.All);
    }

    [Fact]
    public async Task ThePredictorsLogger_SeesWhatTheTransformerMadeOfIt()
    {
        using var back = new HttpClient();
        await using var sink = await TestSink.StartAsync();
        await using var transformer = await TestSink.StartAsync((http, received) => TransformAsync(back, http, received, received["slipway-predictor"]));
        await using var host = await HostAsync(transformer.Url, $$""","logger":{"url":"{{sink.Url}}"}""");

        using var response = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));

        var events = await sink.UntilAsync(2);
        Assert.Equal(Rows.Replace("[3]", "[6]", StringComparison.Ordinal), events.Single(e => e["ce-type"].EndsWith("request", StringComparison.Ordinal)).Body);
    }

    [Fact]
    public async Task TheCallersToken_StaysHere_AndWhatIsNamedGoesAlong()
    {
        await using var transformer = await TestSink.StartAsync((http, _) => http.Response.WriteAsync("{}"));
        await using var host = await HostAsync(transformer.Url);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models/housing:predict") { Content = Json(Rows) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
        request.Headers.TryAddWithoutValidation("X-Tenant", "north");
        request.Headers.TryAddWithoutValidation("X-Other", "v");
        using var response = await host.Http.SendAsync(request);

        var sent = Assert.Single(transformer.All).Headers;
        Assert.Equal(("north", "default/housing", false, false), (sent["x-tenant"], sent["slipway-transformed"], sent.ContainsKey("authorization"), sent.ContainsKey("x-other")));
    }

    [Fact]
    public async Task WhatTheTransformerAnswers_IsTheAnswer_AndItsFailuresAreTold()
    {
        await using var transformer = await TestSink.StartAsync(async (http, received) =>
        {
            if (received.Body.Contains("slow", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            }

            http.Response.StatusCode = 422;
            http.Response.Headers["Retry-After"] = "7";
            await http.Response.WriteAsJsonAsync(new JsonObject { ["error"] = "no image" });
        });
        await using var host = await HostAsync(transformer.Url, seconds: 2);

        using var refused = await host.Http.PostAsync("/v1/models/housing:predict", Json("{}"));
        Assert.Equal((422, "7"), ((int)refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
        using var slow = await host.Http.PostAsync("/v2/models/housing/infer", Json("\"slow\""));
        Assert.Equal(HttpStatusCode.GatewayTimeout, slow.StatusCode);
        await transformer.DisposeAsync();
        using var dead = await host.Http.PostAsync("/v2/models/housing/infer", Json(Oip));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, dead.StatusCode);
        Assert.Contains("The transformer " + transformer.Url, (string)(await dead.Content.ReadFromJsonAsync<JsonObject>())!["error"]!, StringComparison.Ordinal);
        using var scored = await host.Http.PostAsync("/serve/housing/invocations", Json(Rows));
        Assert.Equal("TEMPORARILY_UNAVAILABLE", (string)(await scored.Content.ReadFromJsonAsync<JsonObject>())!["error_code"]!);
    }

    [Fact]
    public async Task ThePredictor_IsDescribedAndReadyUnderItsOwnAddress()
    {
        await using var host = await HostAsync("http://127.0.0.1:1");
        foreach (var path in new[] { "v2/models/housing", "v2/models/housing/ready", "v2/models/housing/versions/1", "v2/models/housing/versions/1/ready", "v1/models/housing", "v1/models/housing/versions/1" })
        {
            Assert.NotEmpty(await host.JsonAsync("/serving/default/housing/predictor/" + path));
        }

        foreach (var path in new[] { "v2/models/housing/infer", "v2/models/housing/versions/1/infer" })
        {
            using var response = await host.Http.PostAsync("/serving/default/housing/predictor/" + path, Json(Oip));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using var unknown = await host.Http.PostAsync("/serving/default/housing/predictor/v1/models/housing/labels/none:predict", Json(Rows));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var label = await host.Http.GetAsync("/serving/default/housing/predictor/v1/models/housing/labels/none");
        Assert.Equal(HttpStatusCode.NotFound, label.StatusCode);
    }

    private static async Task TransformAsync(HttpClient back, HttpContext http, Received received, string predictor)
    {
        var path = received.Path == "/invocations" ? "/v1/models/housing:predict" : received.Path;
        using var request = new HttpRequestMessage(HttpMethod.Post, predictor + path) { Content = Json(received.Body.Replace("[3]", "[6]", StringComparison.Ordinal)) };
        request.Headers.TryAddWithoutValidation("Slipway-Transformed", received["slipway-transformed"]);
        using var response = await back.SendAsync(request);
        var answer = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        answer["by"] = "transformer";
        http.Response.StatusCode = (int)response.StatusCode;
        await http.Response.WriteAsJsonAsync(answer);
    }

    private static async Task<ServingHost> HostAsync(string url, string more = "", int seconds = 30)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyManifestAsync(
            "housing",
            $$"""
            {"transformer":{"annotations":{"slipway.dev/url":"{{url}}","slipway.dev/propagate-headers":"X-Tenant"},"timeout":{{seconds}},"containers":[{"name":"c","image":"x"}]},
             "predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"}{{more}} } }
            """);
        return host;
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
