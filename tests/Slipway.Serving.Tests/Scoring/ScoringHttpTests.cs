using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;
using Slipway.Serving.Tests.Explanations;

namespace Slipway.Serving.Tests.Scoring;

public sealed class ScoringHttpTests
{
    private const string Path = "/api/slipway/v1/namespaces/default/scoring";

    [Fact]
    public async Task AnAlias_IsPinnedToItsVersion_AndScoresBatchesWithoutAService()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", await TreeModelFiles.TrainedAsync(LearningTask.Binary));
        await host.MoveAsync("m", "champion", 1);

        var found = await host.JsonAsync($"{Path}?model=models:/m@champion");

        Assert.Equal(("models:/m/1", "BYTES"), ((string)found["reference"]!, (string)found["predictionType"]!));
        Assert.Equal(["x", "z", "city"], found["inputs"]!.AsArray().Select(i => (string)i!["name"]!));
        using var answer = await host.Http.PostAsync($"{Path}?model=models:/m/1", Json("""
            {"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[1.9,-1.9]},{"name":"z","shape":[2,1],"datatype":"FP32","data":[1,1]},
            {"name":"city","shape":[2,1],"datatype":"BYTES","data":["Boston","Austin"]}]}
            """));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var header = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        var head = JsonNode.Parse(bytes.AsSpan(0, header))!;
        Assert.Equal((2, "BYTES", 2), ((int)head["rows"]!, (string)head["datatype"]!, (int)head["columns"]!));
        Assert.Equal("yes", Encoding.UTF8.GetString(bytes.AsSpan(header + 4, 3)));
        Assert.Equal("no", Encoding.UTF8.GetString(bytes.AsSpan(header + 4 + 3 + 4, 2)));
        Assert.Equal(header + 13 + 32, bytes.Length);
    }

    [Theory]
    [InlineData("", 400, "model: is missing")]
    [InlineData("?model=models:/nobody@x", 404, "nobody")]
    [InlineData("?model=file:///etc/passwd", 400, "no registered model")]
    [InlineData("?model=m", 400, "models:/NAME@ALIAS")]
    public async Task AWrongModel_IsRefusedInWords(string query, int status, string says)
    {
        await using var host = await ServingHost.StartAsync();

        using var described = await host.Http.GetAsync(Path + query);
        using var scored = await host.Http.PostAsync(Path + query, Json("{}"));

        Assert.Equal((status, status), ((int)described.StatusCode, (int)scored.StatusCode));
        Assert.Contains(says, await described.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("nonsense", "")]
    [InlineData("""{"inputs":[{"name":"q","shape":[1,1],"datatype":"FP32","data":[1]}]}""", "")]
    [InlineData("""{"inputs":[{"name":"a","shape":[0,1],"datatype":"FP32","data":[]}]}""", "no rows")]
    public async Task AWrongBatch_IsTheCallersFault(string body, string says)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", TreeModelFiles.Product);

        using var answer = await host.Http.PostAsync($"{Path}?model=models:/m/1", Json(body));

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static StringContent Json(string body)
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
