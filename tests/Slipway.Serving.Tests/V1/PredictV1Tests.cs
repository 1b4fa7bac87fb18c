using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.V1;

public sealed class PredictV1Tests
{
    /// <summary>sum = a + b per row; twice = a + a.</summary>
    private static readonly byte[] Two = OnnxWriter.Model(
        [OnnxWriter.Node("Add", ["a", "b"], ["sum"]), OnnxWriter.Node("Add", ["a", "a"], ["twice"])],
        [OnnxWriter.Tensor("a", OnnxType.INT64, -1, 1), OnnxWriter.Tensor("b", OnnxType.INT64, -1, 1)],
        [OnnxWriter.Tensor("sum", OnnxType.INT64, -1, 1), OnnxWriter.Tensor("twice", OnnxType.INT64, -1, 1)]);

    [Theory]
    [InlineData("""{"instances":[[1,2.5],[3,4]]}""", """{"predictions":[[1,2.5],[3,4]]}""")]
    [InlineData("""{"instances":[{"x":[1,2]},{"x":[3,4]}],"signature_name":"serving_default"}""", """{"predictions":[[1,2],[3,4]]}""")]
    [InlineData("""{"inputs":[[1,2]]}""", """{"outputs":[[1,2]]}""")]
    [InlineData("""{"inputs":{"x":[[1,2]]}}""", """{"outputs":[[1,2]]}""")]
    [InlineData("""{"instances":[[NaN,2]]}""", """{"predictions":[[null,2]]}""")]
    [InlineData("""{"instances":[[Infinity,-Infinity]]}""", """{"predictions":[[null,null]]}""")]
    [InlineData("""{"instances":[[1,2]],"signature_name":""}""", """{"predictions":[[1,2]]}""")]
    public async Task OneInput_IsAnsweredInTheFormItCame(string body, string answer)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));

        Assert.Equal((200, answer), await PostAsync(host, "/v1/models/m:predict", body));
        Assert.Equal((200, answer), await PostAsync(host, "/v1/models/m/versions/1:predict", body));
        Assert.Equal((200, answer), await PostAsync(host, "/serving/default/m/v1/models/m:predict", body));
    }

    [Theory]
    [InlineData("""{"instances":[{"a":1,"b":2},{"b":4.0,"a":3}]}""", """{"predictions":[{"sum":[3],"twice":[2]},{"sum":[7],"twice":[6]}]}""")]
    [InlineData("""{"instances":[[1,2],[3,4]]}""", """{"predictions":[{"sum":[3],"twice":[2]},{"sum":[7],"twice":[6]}]}""")]
    [InlineData("""{"inputs":{"a":[1,3],"b":[[2],[4]]}}""", """{"outputs":{"sum":[[3],[7]],"twice":[[2],[6]]}}""")]
    public async Task SeveralInputs_AreNamed(string body, string answer)
    {
        await using var host = await ServedAsync(Two);

        Assert.Equal((200, answer), await PostAsync(host, "/v1/models/m:predict", body));
    }

    [Theory]
    [InlineData("""{"instances":[[1,2],[3]]}""", "unequal length")]
    [InlineData("""{"instances":[[1,2],3]}""", "unequal length")]
    [InlineData("""{"instances":[["a",2]]}""", "\"a\" is not an FP32")]
    [InlineData("""{"instances":[[1,2,3]]}""", "shape [1, 3]")]
    [InlineData("""{"instances":[]}""", "is empty")]
    [InlineData("""{"instances":5}""", "must be a list")]
    [InlineData("""{"instances":[{"y":1}]}""", "no such input")]
    [InlineData("""{"instances":[[1,2]],"inputs":[[1,2]]}""", "both instances and inputs")]
    [InlineData("""{"rows":[[1,2]]}""", "neither instances")]
    [InlineData("""[[1,2]]""", "JSON object")]
    [InlineData("""{"instances":[[1,2]""", "not JSON")]
    [InlineData("""{"instances":[[1e39,2]]}""", "FP32")]
    [InlineData("""{"instances":[[1e999,2]]}""", "FP32")]
    [InlineData("""{"instances":[[1,2]],"signature_name":"other"}""", "Serving signature name: \"other\" not found in signature def; the model has \"serving_default\"")]
    [InlineData("""{"instances":[[1,2]],"signature_name":4}""", "Serving signature name: 4 not found")]
    public async Task AWrongBody_IsRefusedInWords(string body, string says)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));

        var (status, answer) = await PostAsync(host, "/v1/models/m:predict", body);

        Assert.Equal(400, status);
        Assert.Contains(says, (string)JsonNode.Parse(answer)!["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base64Texts_AreBytes()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.BYTES, -1));

        Assert.Equal((200, """{"predictions":["hi","there"]}"""), await PostAsync(host, "/v1/models/m:predict", """{"instances":[{"b64":"aGk="},"there"]}"""));
        Assert.Equal(400, (await PostAsync(host, "/v1/models/m:predict", """{"instances":[{"b64":"!"}]}""")).Status);
    }

    [Theory]
    [InlineData("y", """["hi",{"b64":"/wA="}]""")]
    [InlineData("y_bytes", """[{"b64":"aGk="},{"b64":"/wA="}]""")]
    public async Task TextsThatAreBytes_ComeBackAsBase64(string output, string expected)
    {
        await using var host = await ServedAsync(OnnxWriter.Model(
            [OnnxWriter.Node("Identity", ["x"], [output])], [OnnxWriter.Tensor("x", OnnxType.BYTES, -1)], [OnnxWriter.Tensor(output, OnnxType.BYTES, -1)]));

        Assert.Equal((200, $$"""{"predictions":{{expected}}}"""), await PostAsync(host, "/v1/models/m:predict", """{"instances":["hi",{"b64":"/wA="}]}"""));
        Assert.Equal((200, $$"""{"outputs":{{expected}}}"""), await PostAsync(host, "/v1/models/m:predict", """{"inputs":["hi",{"b64":"/wA="}]}"""));
    }

    [Fact]
    public async Task Status_Metadata_AndLabels_TellTheSameModel()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        await host.MoveAsync("m", "champion", 1);

        Assert.Equal("""{"models":["m"]}""", (await host.JsonAsync("/v1/models")).ToJsonString());
        var status = await host.JsonAsync("/v1/models/m");
        Assert.Equal(("m", true, "1", "AVAILABLE"), (
            (string)status["name"]!, (bool)status["ready"]!, (string)status["model_version_status"]![0]!["version"]!, (string)status["model_version_status"]![0]!["state"]!));
        var signature = (await host.JsonAsync("/v1/models/m/labels/champion/metadata"))["metadata"]!["signature_def"]!["signature_def"]!["serving_default"]!;
        Assert.Equal("DT_FLOAT", (string)signature["inputs"]!["x"]!["dtype"]!);
        Assert.Equal(200, (await PostAsync(host, "/v1/models/m/labels/champion:predict", """{"instances":[[1,2]]}""")).Status);
        Assert.Equal(404, (await PostAsync(host, "/v1/models/m/labels/other:predict", """{"instances":[[1,2]]}""")).Status);
        Assert.Equal(404, (await PostAsync(host, "/v1/models/m/versions/9:predict", """{"instances":[[1,2]]}""")).Status);
        Assert.Equal(404, (await PostAsync(host, "/v1/models/nobody:predict", """{"instances":[[1,2]]}""")).Status);
    }

    private static async Task<(int Status, string Body)> PostAsync(ServingHost host, string path, string body)
    {
        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<ServingHost> ServedAsync(byte[] model)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }
}
