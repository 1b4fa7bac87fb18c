using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Serving.Tests.Inference;

public sealed class InferHttpTests
{
    [Fact]
    public async Task ARequest_IsAnsweredWithItsIdAndTheVersionThatAnswered()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Twice);
        await host.ApplyAsync("housing", "models:/housing/1");

        var answer = await host.AnswerAsync("housing", "row-1", 21);

        Assert.Equal(
            """{"model_name":"housing","model_version":"1","id":"row-1","outputs":[{"name":"prediction","shape":[1,1],"datatype":"FP32","data":[42]}]}""",
            answer.ToJsonString());
    }

    [Fact]
    public async Task ARequestWithoutId_IsAnsweredWithoutOne_ButToldWhichIdFeedbackTakes()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");

        using var response = await host.InferAsync("housing", null, 1);

        Assert.Null(JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]);
        Assert.Equal(26, response.Headers.GetValues("Slipway-Prediction-Id").Single().Length);
    }

    [Fact]
    public async Task Metadata_Readiness_AndTheKServePath_TellTheSameModel()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        var applied = await host.ApplyAsync("housing", "models:/housing/1");

        var metadata = await host.JsonAsync("/v2/models/housing");
        Assert.Equal(
            """{"name":"housing","versions":["1"],"platform":"onnx_onnxv1","inputs":[{"name":"city","datatype":"BYTES","shape":[-1,1]},{"name":"sales","datatype":"FP32","shape":[-1,1]}],"outputs":[{"name":"prediction","datatype":"FP32","shape":[-1,1]}]}""",
            metadata.ToJsonString());
        Assert.Equal(metadata.ToJsonString(), (await host.JsonAsync("/v2/models/housing/versions/1")).ToJsonString());
        Assert.Equal(metadata.ToJsonString(), (await host.JsonAsync($"{(string)applied.Status["url"]!}/v2/models/housing")).ToJsonString());
        Assert.True((bool)(await host.JsonAsync("/v2/models/housing/ready"))["ready"]!);
        Assert.True((bool)(await host.JsonAsync("/v2/health/ready"))["ready"]!);
        Assert.True((bool)(await host.JsonAsync("/v2/health/live"))["live"]!);
        Assert.Equal("slipway", (string)(await host.JsonAsync("/v2"))["name"]!);
        Assert.Equal("""{"models":["housing"]}""", (await host.JsonAsync("/v2/models")).ToJsonString());
    }

    [Theory]
    [InlineData("/v2/models/nobody/infer", "{}", 404, "Model 'nobody' not found")]
    [InlineData("/v2/models/housing/versions/7/infer", VALID, 404, "Version '7' of model 'housing' not found")]
    [InlineData("/serving/default/housing/v2/models/other/infer", VALID, 404, "'housing'")]
    [InlineData("/serving/elsewhere/housing/v2/models/housing/infer", VALID, 404, "model 'housing' not found")]
    [InlineData("/v2/models/housing/infer", "", 400, "JSON")]
    [InlineData("/v2/models/housing/infer", "[]", 400, "object")]
    [InlineData("/v2/models/housing/infer", "{}", 400, "inputs: missing")]
    [InlineData("/v2/models/housing/infer", """{"inputs":[]}""", 400, "city: missing")]
    [InlineData("/v2/models/housing/infer", """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"sales","shape":[1,1],"datatype":"FP64","data":[1]}]}""", 400, "datatype FP64")]
    [InlineData("/v2/models/housing/infer", """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"sales","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", 400, "shape [1, 2]")]
    [InlineData("/v2/models/housing/infer", """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[1]},{"name":"extra","shape":[1],"datatype":"FP32","data":[1]}]}""", 400, "extra: no such input")]
    [InlineData("/v2/models/housing/infer", """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"nothing"}]}""", 400, "'nothing' is not an output")]
    public async Task AWrongRequest_IsRefusedByName(string path, string body, int status, string says)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");

        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(says, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABodyOfManySegments_IsRead_AndOneTooLargeIs413()
    {
        await using var host = await ServingHost.StartAsync(null, ("Serving:MaxRequestBytes", "3000000"));
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");

        using var many = await host.Http.PostAsync("/v2/models/housing/infer", Rows(2_000));
        var data = JsonNode.Parse(await many.Content.ReadAsStringAsync())!["outputs"]![0]!["data"]!.AsArray();
        Assert.Equal((2_000, 1_999f), (data.Count, (float)data[^1]!));

        using var over = await host.Http.PostAsync("/v2/models/housing/infer", Rows(4_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, over.StatusCode);
    }

    [Fact]
    public async Task TheOtherVerb_Is405_AndABodyInAnUnknownCoding415()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");

        using var get = await host.Http.GetAsync("/v2/models/housing/infer");
        var zipped = new StringContent("x");
        zipped.Headers.ContentEncoding.Add("br");
        using var post = await host.Http.PostAsync("/v2/models/housing/infer", zipped);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, HttpStatusCode.UnsupportedMediaType), (get.StatusCode, post.StatusCode));
        Assert.Equal("gzip, deflate", string.Join(", ", post.Headers.GetValues("Accept-Encoding")));
    }

    [Fact]
    public async Task OutputSelection_AnswersOnlyWhatWasAsked_AndTheLogStillKnowsThePrediction()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("risk", Models.Classifier);
        await host.ApplyAsync("risk", "models:/risk/1");

        using var response = await host.Http.PostAsync("/v2/models/risk/infer", new StringContent(
            """
            {"id":"a","inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["yes"]},{"name":"a","shape":[1,1],"datatype":"FP32","data":[0]},
             {"name":"b","shape":[1,1],"datatype":"FP32","data":[0]}],"outputs":[{"name":"probabilities"}]}
            """));
        var outputs = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["outputs"]!.AsArray();
        Assert.Equal("[0.5,0.5]", Assert.Single(outputs)!["data"]!.ToJsonString());
        await host.SummaryAsync("risk");

        var log = await host.Get<Contracts.Serving.Ports.IPredictionLog>().ReadAsync(
            "default", "risk", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-100), CancellationToken.None);
        Assert.Equal("yes", ((Kernel.Frames.TextColumn)log.Predictions).Values[0]);
        Assert.Equal(["no", "yes"], log.Classes);
        Assert.Equal([0.5, 0.5], log.Probabilities![0]);
    }

    private const string VALID =
        """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[1]}]}""";

    private static StringContent Rows(int rows) => new(
        $$"""{"inputs":[{"name":"city","shape":[{{rows}},1],"datatype":"BYTES","data":[{{string.Join(',', Enumerable.Repeat($"\"{new string('x', 1000)}\"", rows))}}]},{"name":"sales","shape":[{{rows}},1],"datatype":"FP32","data":[{{string.Join(',', Enumerable.Range(0, rows))}}]}]}""");
}
