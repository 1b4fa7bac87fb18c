using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Serving.Grpc.Messages;
using static Slipway.Serving.Grpc.Messages.ModelInferRequest.Types;

namespace Slipway.Serving.Tests.Values;

/// <summary>Sequences, maps, optionals and defaults through the protocols.</summary>
public sealed class ValueHttpTests
{
    private const string Infer = "inference.GRPCInferenceService/ModelInfer";

    [Fact]
    public async Task AClassifiersMaps_AreProbabilitiesWithLabelsInTheMetadata()
    {
        await using var host = await ServedAsync(ValueModels.Sklearn);

        var metadata = await host.JsonAsync("/v2/models/m");
        Assert.Equal("""{"name":"output_probability","datatype":"FP32","shape":[-1,-1]}""", metadata["outputs"]![1]!.ToJsonString());
        Assert.Equal("""["ham","news","spam"]""", (string?)metadata["properties"]!["labels.output_probability"]);

        var answer = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[2,2],"data":[3,0,0,0.5]}]}""");
        Assert.Equal(
            """[{"name":"output_label","shape":[2],"datatype":"BYTES","data":["news","ham"]},{"name":"output_probability","shape":[2,3],"datatype":"FP32","data":[1,3,0,1,0,0.5]}]""",
            answer["outputs"]!.ToJsonString());
    }

    [Fact]
    public async Task AClassifiersMaps_AreClassifiedWithTheirLabels()
    {
        await using var host = await ServedAsync(ValueModels.Sklearn);

        var answer = await PostAsync(
            host, "/v2/models/m/infer",
            """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[3,2]}],"outputs":[{"name":"output_probability","parameters":{"classification":2}}]}""");

        Assert.Equal("""["3.000000:1:news","2.000000:2:spam"]""", answer["outputs"]![0]!["data"]!.ToJsonString());
    }

    [Fact]
    public async Task AClassifiersMaps_AreMapsForMlflow()
    {
        await using var host = await ServedAsync(ValueModels.Sklearn);

        var table = await PostAsync(host, "/invocations", """{"dataframe_split":{"columns":["a","b"],"data":[[3,0],[0,0.5]]}}""");
        var tensor = await PostAsync(host, "/invocations", """{"inputs":[[3,0]]}""");

        Assert.Equal(
            """[{"output_label":"news","output_probability":{"ham":1,"news":3,"spam":0}},{"output_label":"ham","output_probability":{"ham":1,"news":0,"spam":0.5}}]""",
            table["predictions"]!.ToJsonString());
        Assert.Equal("""{"output_label":["news"],"output_probability":[{"ham":1,"news":3,"spam":0}]}""", tensor["predictions"]!.ToJsonString());
    }

    [Fact]
    public async Task AClassifiersMaps_GoOverGrpcRawAndAsLists()
    {
        await using var host = await ServedAsync(ValueModels.NumberedClasses);

        var lists = await AskAsync(host, Tensor("X", "FP32", [1, 2], new InferTensorContents { Fp32Contents = { 0.25f, 0.75f } }));
        Assert.Equal(["y 1 1", "p 1,2 0.25,0.75"], lists.Outputs.Select(o => $"{o.Name} {string.Join(',', o.Shape)} {string.Join(',', o.Contents.Int64Contents)}{string.Join(',', o.Contents.Fp32Contents.Select(f => f.ToString(CultureInfo.InvariantCulture)))}"));

        var raw = new ModelInferRequest { ModelName = "m", Inputs = { Tensor("X", "FP32", [1, 2], null) }, RawInputContents = { ByteString.CopyFrom(Floats(0.25f, 0.75f)) } };
        var reply = await host.Grpc.CallAsync(Infer, raw, ModelInferResponse.Parser);
        Assert.Equal(Floats(0.25f, 0.75f), reply.Answer.RawOutputContents[1].ToByteArray());

        var metadata = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelMetadata", new ModelMetadataRequest { Name = "m" }, ModelMetadataResponse.Parser);
        Assert.Equal("""["10","20"]""", metadata.Answer.Properties["labels.p"]);
    }

    [Fact]
    public async Task AClassifiersMaps_ComeInBinaryBlocksAndThroughBatches()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", ValueModels.Sklearn);
        await host.ApplyManifestAsync(
            "m", """{"predictor":{"containerConcurrency":1,"batcher":{"maxBatchSize":8,"maxLatency":20},"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/1"}}}""");

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/m/infer")
            {
                Content = new ByteArrayContent([.. Encoding.UTF8.GetBytes("""{"parameters":{"binary_data_output":true},"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]}"""), .. Floats(i, -i)]),
            };
            request.Headers.Add("Inference-Header-Content-Length", (request.Content.Headers.ContentLength!.Value - 8).ToString(CultureInfo.InvariantCulture));
            using var response = await host.Http.SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Floats(1, i, -i), body[^12..]);
        }));
    }

    [Fact]
    public async Task ASequence_IsAnsweredAsElementsAndShapes()
    {
        await using var host = await ServedAsync(ValueModels.Columns);

        Assert.Equal(
            """[{"name":"parts","datatype":"FP32","shape":[-1]},{"name":"parts.shapes","datatype":"INT64","shape":[-1,-1]},{"name":"n","datatype":"INT64","shape":[]}]""",
            (await host.JsonAsync("/v2/models/m"))["outputs"]!.ToJsonString());
        var answer = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,5,6]}]}""");
        Assert.Equal(["[1,4,2,5,3,6]", "[2,2,2]", "[3]"], answer["outputs"]!.AsArray().Select(o => o!["data"]!.ToJsonString()));
        Assert.Equal("[3,1]", answer["outputs"]![1]!["shape"]!.ToJsonString());

        var one = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"parts.shapes"}]}""");
        Assert.Equal("""[{"name":"parts.shapes","shape":[2,1],"datatype":"INT64","data":[1,1]}]""", one["outputs"]!.ToJsonString());

        var reply = await AskAsync(host, Tensor("X", "FP32", [1, 2], new InferTensorContents { Fp32Contents = { 7, 8 } }));
        Assert.Equal([7f, 8f], reply.Outputs[0].Contents.Fp32Contents);
        Assert.Equal([1L, 1L], reply.Outputs[1].Contents.Int64Contents);
    }

    [Fact]
    public async Task ASequenceToBeSent_IsElementsAndShapes_OrOneTensorOfEqualElements()
    {
        await using var host = await ServedAsync(ValueModels.Joined);

        var ragged = await PostAsync(
            host, "/v2/models/m/infer",
            """{"inputs":[{"name":"parts","datatype":"BYTES","shape":[3],"data":["a","b",""]},{"name":"parts.shapes","datatype":"INT64","shape":[2,1],"data":[1,2]}]}""");
        var stacked = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"parts","datatype":"BYTES","shape":[2,2],"data":["a","b","c","d"]}]}""");
        var natural = await PostAsync(host, "/v1/models/m:predict", """{"inputs":{"parts":["x","y","z"],"parts.shapes":[[2],[1]]}}""");
        Assert.Equal("""["a","b",""]""", ragged["outputs"]![0]!["data"]!.ToJsonString());
        Assert.Equal("""["a","b","c","d"]""", stacked["outputs"]![0]!["data"]!.ToJsonString());
        Assert.Equal("""["x","y","z"]""", natural["outputs"]!.ToJsonString());

        var (status, error) = await RefusedAsync(
            host, """{"inputs":[{"name":"parts","datatype":"BYTES","shape":[3],"data":["a","b","c"]},{"name":"parts.shapes","datatype":"INT64","shape":[2,1],"data":[1,9]}]}""");
        Assert.Equal(400, status);
        Assert.Contains("parts.shapes: the shapes mean 10 elements in all, but parts has 3", error, StringComparison.Ordinal);
        Assert.Equal(400, (await RefusedAsync(
            host, """{"inputs":[{"name":"parts","datatype":"BYTES","shape":[1],"data":["a"]},{"name":"parts.shapes","datatype":"INT64","shape":[1,2],"data":[-1,9223372036854775807]}]}""")).Status);
        Assert.Equal(400, (await RefusedAsync(
            host, """{"inputs":[{"name":"parts","datatype":"BYTES","shape":[1],"data":["a"]},{"name":"parts.shapes","datatype":"INT64","shape":[1,2],"data":[9223372036854775807,2]}]}""")).Status);
    }

    [Fact]
    public async Task AMapToBeSent_IsKeysAndValues()
    {
        await using var host = await ServedAsync(ValueModels.Words);

        var answer = await PostAsync(
            host, "/v2/models/m/infer",
            """{"inputs":[{"name":"words.values","datatype":"INT64","shape":[2],"data":[5,7]},{"name":"words.keys","datatype":"BYTES","shape":[2],"data":["c","a"]}]}""");
        Assert.Equal("[7,0,5]", answer["outputs"]![0]!["data"]!.ToJsonString());
        Assert.Equal(400, (await RefusedAsync(host, """{"inputs":[{"name":"words","datatype":"INT64","shape":[2],"data":[5,7]}]}""")).Status);
    }

    [Fact]
    public async Task AnInputWithADefault_MayBeLeftOutOrSent_AndIsTold()
    {
        await using var host = await ServedAsync(ValueModels.Scaled);

        var metadata = await host.JsonAsync("/v2/models/m");
        Assert.Equal("""[{"name":"factor","datatype":"FP32","shape":[1]}]""", (string?)metadata["properties"]!["optional_inputs"]);
        Assert.Single(metadata["inputs"]!.AsArray());
        var preset = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""");
        var sent = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]},{"name":"factor","datatype":"FP32","shape":[1],"data":[3]}]}""");
        var reply = await AskAsync(host, Tensor("factor", "FP32", [1], new InferTensorContents { Fp32Contents = { 4 } }), Tensor("X", "FP32", [1, 2], new InferTensorContents { Fp32Contents = { 1, 2 } }));

        Assert.Equal(("[10,20]", "[3,6]"), (preset["outputs"]![0]!["data"]!.ToJsonString(), sent["outputs"]![0]!["data"]!.ToJsonString()));
        Assert.Equal([4f, 8f], reply.Outputs[0].Contents.Fp32Contents);
        Assert.Contains("factor: shape [2] given", (await RefusedAsync(
            host, """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]},{"name":"factor","datatype":"FP32","shape":[2],"data":[3,3]}]}""")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOptionalInput_IsSentLikeAnyOther()
    {
        await using var host = await ServedAsync(ValueModels.Masked);

        var with = await PostAsync(host, "/v2/models/m/infer", """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]},{"name":"mask","datatype":"FP32","shape":[1,2],"data":[0,1]}]}""");
        var (status, error) = await RefusedAsync(host, """{"inputs":[{"name":"X","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""");

        Assert.Equal("[0,1]", with["outputs"]![0]!["data"]!.ToJsonString());
        Assert.Equal(400, status);
        Assert.Contains("mask: missing", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "7", "-7")]
    [InlineData("[1,1,2]", "1,2", "-1,-2")]
    [InlineData("[0,4]", "", "")]
    public async Task AnInputOfAnyRank_TakesEveryShape(string shape, string data, string expected)
    {
        await using var host = await ServedAsync(ValueModels.AnyShape);

        var answer = await PostAsync(host, "/v2/models/m/infer", $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":{{shape}},"data":[{{data}}]}]}""");

        Assert.Equal(($"[{expected}]", shape), (answer["outputs"]![0]!["data"]!.ToJsonString(), answer["outputs"]![0]!["shape"]!.ToJsonString()));
    }

    [Theory]
    [InlineData(OnnxType.FP32)]
    [InlineData(OnnxType.BF16)]
    [InlineData(OnnxType.UINT64)]
    [InlineData(OnnxType.BOOL)]
    [InlineData(OnnxType.BYTES)]
    public async Task TensorsWithoutElements_GoThroughEveryForm(OnnxType type)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(type, -1, 3));
        var name = type.WireName();

        var json = await PostAsync(host, "/v2/models/m/infer", $$"""{"inputs":[{"name":"x","datatype":"{{name}}","shape":[0,3],"data":[]}]}""");
        var binary = await PostAsync(
            host, "/v2/models/m/infer", $$$"""{"inputs":[{"name":"x","datatype":"{{{name}}}","shape":[0,3],"parameters":{"binary_data_size":0}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""");
        var raw = await host.Grpc.CallAsync(
            Infer, new ModelInferRequest { ModelName = "m", Inputs = { Tensor("x", name, [0, 3], null) }, RawInputContents = { ByteString.Empty } }, ModelInferResponse.Parser);

        Assert.Equal($$"""{"name":"y","shape":[0,3],"datatype":"{{name}}","data":[]}""", json["outputs"]![0]!.ToJsonString());
        Assert.Equal(0, (int)binary["outputs"]![0]!["parameters"]!["binary_data_size"]!);
        Assert.Equal([0L, 3L], raw.Answer.Outputs[0].Shape);
        if (type is not OnnxType.BF16)
        {
            Assert.Equal([0L, 3L], (await AskAsync(host, Tensor("x", name, [0, 3], new InferTensorContents()))).Outputs[0].Shape);
        }
    }

    [Fact]
    public async Task WhatHasNoForm_IsRefusedByNameAndType_BeforeItAnswers()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", ValueModels.WantsMaps);

        var service = await host.ApplyAsync("m", "models:/m/1");

        var told = service.Status["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "PredictorReady")!;
        Assert.Contains("rows: an input of type seq(map(INT64, tensor(FP32))) cannot be sent as tensors", (string?)told["message"], StringComparison.Ordinal);
        Assert.False((await host.Http.GetAsync("/v2/models/m")).IsSuccessStatusCode);
    }

    private static async Task<ServingHost> ServedAsync(byte[] model)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }

    private static async Task<JsonNode> PostAsync(ServingHost host, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        if (body.Contains("binary_data_size", StringComparison.Ordinal))
        {
            content.Headers.Add("Inference-Header-Content-Length", Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture));
        }

        using var response = await host.Http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<(int Status, string Error)> RefusedAsync(ServingHost host, string body)
    {
        using var response = await host.Http.PostAsync("/v2/models/m/infer", new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<ModelInferResponse> AskAsync(ServingHost host, params InferInputTensor[] inputs) =>
        (await host.Grpc.CallAsync(Infer, new ModelInferRequest { ModelName = "m", Inputs = { inputs } }, ModelInferResponse.Parser)).Answer;

    private static InferInputTensor Tensor(string name, string datatype, long[] shape, InferTensorContents? contents) =>
        new() { Name = name, Datatype = datatype, Shape = { shape }, Contents = contents };

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
