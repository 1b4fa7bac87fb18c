using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Repository;

public sealed class RepositoryHttpTests
{
    [Fact]
    public async Task UnloadAndLoad_AreSeenByEveryDoor_AndSurviveARestart()
    {
        using var folder = new Conformance.TempFolder();
        await using (var host = await ServingHost.StartAsync(folder))
        {
            await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1));
            await host.ApplyAsync("m", "models:/m/1");
            Assert.Equal("""[{"name":"m","version":"1","state":"READY"}]""", (await PostAsync(host, "/v2/repository/index", "")).Body);

            Assert.Equal((200, """{"name":"m","unload":true}"""), await PostAsync(host, "/v2/repository/models/m/unload", """{"parameters":{"unload_dependents":false}}"""));

            Assert.Equal("""[{"name":"m","state":"UNAVAILABLE","reason":"unloaded"}]""", (await PostAsync(host, "/v2/repository/index", "{}")).Body);
            Assert.Equal("[]", (await PostAsync(host, "/v2/repository/index", """{"ready":true}""")).Body);
            Assert.Equal((400, """{"error":"ready: must be true or false"}"""), await PostAsync(host, "/v2/repository/index", """{"ready":"yes"}"""));
            Assert.Equal(404, (int)(await host.InferAsync("m", null, 1)).StatusCode);
            Assert.Equal(200, (int)(await host.Http.GetAsync("/v2/health/ready")).StatusCode);
        }

        await using (var again = await ServingHost.StartAsync(folder))
        {
            Assert.Equal("""[{"name":"m","state":"UNAVAILABLE","reason":"unloaded"}]""", (await PostAsync(again, "/v2/repository/index", "")).Body);
            Assert.Equal((200, """{"name":"m","load":true}"""), await PostAsync(again, "/v2/repository/models/m/load", ""));
            Assert.Equal(200, (int)(await again.Http.GetAsync("/v2/models/m/ready")).StatusCode);
        }
    }

    [Fact]
    public async Task Load_ServesARegisteredModelThatNoServiceServes_AtItsNewestVersion()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1));
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP64, -1));

        Assert.Equal(200, (await PostAsync(host, "/v2/repository/models/m/load", "")).Status);

        Assert.Equal("""["2"]""", (await host.JsonAsync("/v2/models/m"))["versions"]!.ToJsonString());
        var config = await host.JsonAsync("/v2/models/m/config");
        Assert.Equal(("onnxruntime", "TYPE_FP64"), ((string)config["backend"]!, (string)config["input"]![0]!["data_type"]!));
    }

    [Fact]
    public async Task WhatCannotBeLoaded_SaysWhy()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("broken", Models.Broken);

        var unknown = await PostAsync(host, "/v2/repository/models/nobody/load", "");
        var broken = await PostAsync(host, "/v2/repository/models/broken/load", "");
        var files = await PostAsync(host, "/v2/repository/models/broken/load", """{"parameters":{"file:1/model.onnx":"AAAA"}}""");
        var unload = await PostAsync(host, "/v2/repository/models/nobody/unload", "");
        var noise = await PostAsync(host, "/v2/repository/models/nobody/unload", "[1");

        Assert.Equal((404, 400, 400, 404, 400), (unknown.Status, broken.Status, files.Status, unload.Status, noise.Status));
        Assert.Contains("could not be loaded", (string)JsonNode.Parse(broken.Body)!["error"]!, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Body)> PostAsync(ServingHost host, string path, string body)
    {
        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
