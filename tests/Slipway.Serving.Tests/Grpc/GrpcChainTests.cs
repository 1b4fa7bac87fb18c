using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Slipway.Conformance;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Platform.Resources;
using Slipway.Serving.Graphs;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Tests.Runtimes;

namespace Slipway.Serving.Tests.Grpc;

/// <summary>What HTTP has in front of a model, over gRPC too: transformers and inference graphs.</summary>
public sealed class GrpcChainTests
{
    private const string Infer = "inference.GRPCInferenceService/ModelInfer";

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(false, "1")]
    public async Task ATransformer_TakesTheCall_AndTheAnswerComesBackAsTheQuestionCame(bool raw, string version)
    {
        using var back = new HttpClient();
        await using var transformer = await TestSink.StartAsync((http, received) => DoubleAsync(back, http, received));
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.ApplyManifestAsync("once", Transformed(transformer.Url));
        var ask = Ask("once", 3, raw);
        ask.ModelVersion = version;
        ask.Parameters["note"] = new InferParameter { StringParam = "kept" };

        var reply = await host.Grpc.CallAsync(Infer, ask, ModelInferResponse.Parser, ("x-tenant", "north"), ("authorization", "Bearer secret"));

        Assert.Equal(("once", "1", "p-1"), (reply.Answer.ModelName, reply.Answer.ModelVersion, reply.Answer.Id));
        Assert.Equal(6f, Value(reply.Answer, raw));
        var asked = Assert.Single(transformer.All);
        Assert.Equal(version.Length == 0 ? "/v2/models/once/infer" : "/v2/models/once/versions/1/infer", asked.Path);
        Assert.Equal(("north", false), (asked["x-tenant"], asked.Headers.ContainsKey("authorization")));
        Assert.Equal("kept", (string)JsonNode.Parse(asked.Body)!["parameters"]!["note"]!);
    }

    [Theory]
    [InlineData(400, 3)]
    [InlineData(404, 5)]
    [InlineData(422, 3)]
    [InlineData(429, 8)]
    [InlineData(500, 13)]
    [InlineData(501, 12)]
    [InlineData(503, 14)]
    [InlineData(504, 4)]
    public async Task ATransformersRefusal_HasItsStatusAndItsWords(int http, int grpc)
    {
        await using var transformer = await TestSink.StartAsync((context, _) =>
        {
            context.Response.StatusCode = http;
            return context.Response.WriteAsync("""{"error":"no image"}""");
        });
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.ApplyManifestAsync("once", Transformed(transformer.Url));

        var reply = await host.Grpc.CallAsync(Infer, Ask("once", 3, true), ModelInferResponse.Parser);
        Assert.Equal((grpc, "no image"), (reply.Status, reply.Message));

        // In a stream it is one answer among others.
        var streamed = await host.Grpc.StreamAsync(
            "inference.GRPCInferenceService/ModelStreamInfer", [Ask("once", 3, true), Ask("nobody", 3, true)], ModelStreamInferResponse.Parser);
        Assert.Equal(["no image", "Model 'nobody' not found"], streamed.Answers.Select(a => a.ErrorMessage));
    }

    [Fact]
    public async Task ATransformerThatIsAway_OrSaysNonsense_IsTold()
    {
        await using var transformer = await TestSink.StartAsync((http, _) => http.Response.WriteAsync("""{"predictions":[1]}"""));
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.ApplyManifestAsync("once", Transformed(transformer.Url));

        var odd = await host.Grpc.CallAsync(Infer, Ask("once", 3, true), ModelInferResponse.Parser);
        Assert.Equal(12, odd.Status);
        Assert.StartsWith("'once' answered what cannot go over gRPC", odd.Message, StringComparison.Ordinal);
        await transformer.DisposeAsync();
        var away = await host.Grpc.CallAsync(Infer, Ask("once", 3, true), ModelInferResponse.Parser);
        Assert.Equal(14, away.Status);
        Assert.StartsWith($"The transformer {transformer.Url}", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATransformerOfTheUsersOwnCode_StandsBeforeGrpcToo()
    {
        using var folder = new TempFolder();
        var code = PythonModels.Custom(folder, """
            import time

            class Transformer:
                def preprocess(self, payload, headers):
                    for tensor in payload["inputs"]:
                        if tensor["name"] == "sales":
                            first = tensor["data"][0]
                            if first is not None and first < 0:
                                raise ValueError("no such image") if first == -3 else KeyError("no such column")
                            if first == 100:
                                time.sleep(600)
                            if first == 101:
                                return {"instances": []}
                            tensor["data"] = [None if value is None else value * 2 for value in tensor["data"]]
                    return payload

                def postprocess(self, result, headers):
                    answer = result["outputs"][0]
                    first = answer["data"][0]
                    if first == 26:
                        raise ValueError("unlucky")
                    if first == 28:
                        return {"predictions": [1]}
                    if first == 30:
                        answer["shape"] = [7, 1]
                    result["parameters"] = {"seen": first}
                    return result
            """);
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.ApplyManifestAsync(
            "once",
            $$"""
            {"transformer":{"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{code}}"} },
             "predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/once/1"} } }
            """);

        foreach (var raw in new[] { true, false })
        {
            var answer = (await host.Grpc.CallAsync(Infer, Ask("once", 3, raw), ModelInferResponse.Parser)).Answer;
            Assert.Equal(("p-1", 6f, 6L), (answer.Id, Value(answer, raw), answer.Parameters["seen"].Int64Param));
            Assert.Equal("-0", Value((await host.Grpc.CallAsync(Infer, Ask("once", -0f, raw), ModelInferResponse.Parser)).Answer, raw).ToString(CultureInfo.InvariantCulture));
            Assert.Equal(float.NaN, Value((await host.Grpc.CallAsync(Infer, Ask("once", float.NaN, raw), ModelInferResponse.Parser)).Answer, raw));
        }

        foreach (var (sales, status, words) in new[]
        {
            (-3f, 3, "The transformer's preprocess refused the request: no such image"),
            (-4f, 13, "The transformer's preprocess failed: KeyError: 'no such column'"),
            (101f, 3, "The predictor refused what the transformer made of the request: inputs: missing; a request has {\"inputs\":[{\"name\",\"shape\",\"datatype\",\"data\"}]}"),
            (13f, 13, "The transformer's postprocess refused the request: unlucky"),
            (14f, 12, "'once' answered what cannot go over gRPC: it is no answer of the Open Inference Protocol. Over HTTP it is passed on as it is"),
            (15f, 12, "'once' answered what cannot go over gRPC: outputs[0] 'prediction': shape [7,1] means 7 elements, data has 1. Over HTTP it is passed on as it is"),
        })
        {
            var refused = await host.Grpc.CallAsync(Infer, Ask("once", sales, raw: true), ModelInferResponse.Parser);
            Assert.Equal((status, words), (refused.Status, refused.Message));
        }

        // The deadline is the message's own, not the transformer's, and its one worker is free for the next call.
        var late = await host.Grpc.CallAsync(Infer, Ask("once", 100, raw: true), ModelInferResponse.Parser, ("grpc-timeout", "300m"));
        Assert.Equal((4, "The deadline that the call came with has passed"), (late.Status, late.Message));
        var asking = Ask("once", 4, raw: false);
        asking.Parameters["triton_enable_empty_final_response"] = new InferParameter { BoolParam = true };
        var streamed = await host.Grpc.StreamAsync("inference.GRPCInferenceService/ModelStreamInfer", [asking, Ask("once", -3, raw: true)], ModelStreamInferResponse.Parser);
        Assert.Equal(8f, Value(streamed.Answers[0].InferResponse, raw: false));
        Assert.True(streamed.Answers[0].InferResponse.Parameters["triton_final_response"].BoolParam);
        Assert.Equal("The transformer's preprocess refused the request: no such image", streamed.Answers[1].ErrorMessage);
    }

    [Fact]
    public async Task WhatJsonCannotSay_IsRefusedBeforeItIsLost()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("x", OnnxWriter.Identity(OnnxType.FP32, -1));
        await host.RegisterAsync("t", OnnxWriter.Identity(OnnxType.BYTES, -1));
        await host.ApplyManifestAsync("x", Transformed("http://127.0.0.1:1", "x"));
        await host.ApplyManifestAsync("t", Transformed("http://127.0.0.1:1", "t"));

        foreach (var (model, datatype, bytes, words) in new[]
        {
            ("x", "FP32", BitConverter.GetBytes(float.PositiveInfinity), "inputs[0] 'x': has an infinity, which JSON cannot say, and this model is reached over JSON"),
            ("t", "BYTES", [1, 0, 0, 0, 0xFF], "inputs[0] 'x': has an element 0 that is not UTF-8, which JSON cannot say, and this model is reached over JSON"),
        })
        {
            ModelInferRequest ask = new() { ModelName = model, RawInputContents = { ByteString.CopyFrom(bytes) } };
            ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = datatype, Shape = { 1 } });
            var reply = await host.Grpc.CallAsync(Infer, ask, ModelInferResponse.Parser);
            Assert.Equal((3, words), (reply.Status, reply.Message));
        }
    }

    [Fact]
    public async Task ADeadline_EndsATransformerThatDoesNotAnswer()
    {
        await using var transformer = await TestSink.StartAsync((http, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.ApplyManifestAsync("once", Transformed(transformer.Url));

        var reply = await host.Grpc.CallAsync(Infer, Ask("once", 3, true), ModelInferResponse.Parser, ("grpc-timeout", "200m"));

        Assert.Equal(4, reply.Status);
    }

    [Fact]
    public async Task AGraph_IsAskedByItsName_IsReady_AndSaysWhatItIs()
    {
        await using var host = await GraphAsync("""{"nodes":{"root":{"routerType":"Sequence","steps":[{"name":"a","serviceName":"twice"}]}}}""");

        foreach (var raw in new[] { true, false })
        {
            var reply = await host.Grpc.CallAsync(Infer, Ask("g", 3, raw), ModelInferResponse.Parser);
            Assert.Equal(("twice", "1", "p-1", 6f), (reply.Answer.ModelName, reply.Answer.ModelVersion, reply.Answer.Id, Value(reply.Answer, raw)));
            Assert.Equal("root/a", reply.Headers["slipway-graph-steps"]);
        }

        Assert.True((await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelReady", new ModelReadyRequest { Name = "g" }, ModelReadyResponse.Parser)).Answer.Ready);
        var about = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelMetadata", new ModelMetadataRequest { Name = "g" }, ModelMetadataResponse.Parser);
        Assert.Equal(("g", "slipway_graph"), (about.Answer.Name, about.Answer.Platform));
        Assert.Equal(1, (int)(await host.SummaryAsync("twice"))["served"]!);
    }

    [Fact]
    public async Task AnEnsemblesTensors_HaveTheirStepsNames_AndASoftFailureIsAText()
    {
        await using var host = await GraphAsync("""
            {"nodes":{"root":{"routerType":"Ensemble","steps":[{"name":"one","serviceName":"once"},{"name":"two","serviceName":"twice"},{"name":"none","serviceName":"nobody","dependency":"Soft"}]}}}
            """);

        var answer = (await host.Grpc.CallAsync(Infer, Ask("g", 3, raw: false), ModelInferResponse.Parser)).Answer;

        Assert.Equal(["one/prediction", "two/prediction", "none/error"], answer.Outputs.Select(o => o.Name));
        Assert.Equal((3f, 6f), (answer.Outputs[0].Contents.Fp32Contents[0], answer.Outputs[1].Contents.Fp32Contents[0]));
        Assert.Equal("node 'root', step 'none' (service nobody): Model 'nobody' not found", answer.Outputs[2].Contents.BytesContents[0].ToStringUtf8());
        Assert.Equal("g", answer.ModelName);
    }

    [Theory]
    [InlineData("nobody", 5, "node 'root', step '0' (service nobody): Model 'nobody' not found")]
    [InlineData("other", 3, "node 'root', step '0' (service other): more: missing; the model needs FP32 [-1, 1]")]
    public async Task AGraphsFailure_NamesItsStep(string service, int status, string words)
    {
        await using var host = await GraphAsync("""{"nodes":{"root":{"routerType":"Sequence","steps":[{"serviceName":"SERVICE","dependency":"Hard"}]}}}""".Replace("SERVICE", service, StringComparison.Ordinal));
        await host.RegisterAsync("other", Models.Other);
        await host.ApplyAsync("other", "models:/other/1");

        var reply = await host.Grpc.CallAsync(Infer, Ask("g", 3, true), ModelInferResponse.Parser);

        Assert.Equal((status, words), (reply.Status, reply.Message));
    }

    private static async Task DoubleAsync(HttpClient back, HttpContext http, Received received)
    {
        var body = JsonNode.Parse(received.Body)!;
        var sales = body["inputs"]!.AsArray().Single(i => (string)i!["name"]! == "sales")!;
        sales["data"] = new JsonArray((float)sales["data"]![0]! * 2);
        using var response = await back.PostAsync(received["slipway-predictor"] + received.Path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        http.Response.StatusCode = (int)response.StatusCode;
        await http.Response.WriteAsync(await response.Content.ReadAsStringAsync());
    }

    private static float Value(ModelInferResponse answer, bool raw) => raw
        ? BitConverter.ToSingle(Assert.Single(answer.RawOutputContents).Span)
        : Assert.Single(answer.Outputs).Contents.Fp32Contents[0];

    private static string Transformed(string url, string model = "once") => $$"""
        {"transformer":{"annotations":{"slipway.dev/url":"{{url}}","slipway.dev/propagate-headers":"X-Tenant"},"containers":[{"name":"c","image":"x"}]},
         "predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/{{model}}/1"} } }
        """;

    private static ModelInferRequest Ask(string model, float sales, bool raw)
    {
        ModelInferRequest ask = new() { ModelName = model, Id = "p-1" };
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "city", Datatype = "BYTES", Shape = { 1, 1 } });
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "sales", Datatype = "FP32", Shape = { 1, 1 } });
        if (raw)
        {
            ask.RawInputContents.Add(ByteString.CopyFrom(1, 0, 0, 0, (byte)'A'));
            ask.RawInputContents.Add(ByteString.CopyFrom(BitConverter.GetBytes(sales)));
        }
        else
        {
            ask.Inputs[0].Contents = new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("A") } };
            ask.Inputs[1].Contents = new InferTensorContents { Fp32Contents = { sales } };
        }

        return ask;
    }

    private static async Task<ServingHost> GraphAsync(string spec)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("once", Models.Once);
        await host.RegisterAsync("twice", Models.Twice);
        await host.ApplyAsync("once", "models:/once/1");
        await host.ApplyAsync("twice", "models:/twice/1");
        var resource = Resource.Create(InferenceGraphKind.Definition, "default", "g");
        resource.Json["spec"] = JsonNode.Parse(spec);
        (await host.Resources.ApplyAsync(InferenceGraphKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        await Eventually.HoldsAsync(() => host.Get<GraphTable>().Find("default", "g") is not null);
        return host;
    }
}
