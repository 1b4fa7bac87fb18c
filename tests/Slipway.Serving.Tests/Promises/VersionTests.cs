using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Promises;

/// <summary>A version asked for by its number answers, also one that takes no share.</summary>
public sealed class VersionTests
{
    private const string V2 = """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["x"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";
    private const string V1 = """{"instances":[{"city":["x"],"sales":[3]}]}""";

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 6)]
    public async Task AVersionThatIsNamed_Answers_OverEveryProtocol_WhateverTheShares(int version, float expected)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Models.Once);
        await host.RegisterAsync("m", Models.Twice);
        await host.ApplyAsync("m", "models:/m/1", [(0, "models:/m/2")]);

        foreach (var (path, body) in new[]
        {
            ($"/v2/models/m/versions/{version}/infer", V2), ($"/serving/default/m/v2/models/m/versions/{version}/infer", V2), ($"/v1/models/m/versions/{version}:predict", V1),
        })
        {
            using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            Assert.Equal(expected, (float)(answer["outputs"]?[0]?["data"]?[0] ?? answer["predictions"]![0]![0])!);
        }

        ModelInferRequest ask = new() { ModelName = "m", ModelVersion = version == 1 ? "1" : "2" };
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor
        {
            Name = "city", Datatype = "BYTES", Shape = { 1, 1 }, Contents = new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("x") } },
        });
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor
        {
            Name = "sales", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { 3 } },
        });
        var told = (await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", ask, ModelInferResponse.Parser)).Answer;
        Assert.Equal((ask.ModelVersion, expected), (told.ModelVersion, told.Outputs[0].Contents.Fp32Contents[0]));
    }
}
