using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Kinds;

namespace Slipway.Serving.Tests.Repository;

/// <summary>Loads that bring a configuration or the model itself along, over HTTP and gRPC.</summary>
public sealed class LoadParametersTests
{
    private const string Load = "inference.GRPCInferenceService/RepositoryModelLoad";

    private static readonly byte[] Same = OnnxWriter.Identity(OnnxType.FP32, -1, 2);
    private static readonly byte[] Negated = OnnxWriter.Model(
        [OnnxWriter.Node("Neg", ["x"], ["y"])], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 2)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)]);

    [Fact]
    public async Task AModelSentAlong_IsServedAsItsVersion_AndStillAfterARestart()
    {
        using var folder = new Slipway.Conformance.TempFolder();
        await using (var host = await ServingHost.StartAsync(folder))
        {
            Assert.Equal((200, """{"name":"m","load":true}"""), await LoadAsync(host, ("file:7/model.onnx", Convert.ToBase64String(Same))));
            Assert.Equal("""["7"]""", (await host.JsonAsync("/v2/models/m"))["versions"]!.ToJsonString());
            Assert.Equal("[1,2]", await AnswerAsync(host, "/v2/models/m/versions/7/infer"));
        }

        await using var again = await ServingHost.StartAsync(folder);
        Assert.Equal("[1,2]", await AnswerAsync(again));
        Assert.Equal(200, (await PostAsync(again, "/v2/repository/models/m/unload", "")).Status);
        Assert.Equal(200, (await LoadAsync(again)).Status);
        Assert.Equal("[1,2]", await AnswerAsync(again));
    }

    [Fact]
    public async Task AnotherModelSentAlong_TakesItsPlace_AndTheHighestVersionIsServed()
    {
        await using var host = await ServingHost.StartAsync();
        Assert.Equal(200, (await LoadAsync(host, ("file:1/model.onnx", Convert.ToBase64String(Same)))).Status);

        Assert.Equal(200, (await LoadAsync(host, ("file:1/model.onnx", Convert.ToBase64String(Same)), ("file:2/net.onnx", Convert.ToBase64String(Negated)))).Status);
        Assert.Equal("[-1,-2]", await AnswerAsync(host));

        var chosen = """{"version_policy":{"specific":{"versions":[1]}}}""";
        Assert.Equal(200, (await LoadAsync(host, ("config", chosen), ("file:1/model.onnx", Convert.ToBase64String(Same)), ("file:2/net.onnx", Convert.ToBase64String(Negated)))).Status);
        Assert.Equal("[1,2]", await AnswerAsync(host));
        Assert.Equal("""[{"name":"m","version":"1","state":"READY"}]""", (await PostAsync(host, "/v2/repository/index", """{"ready":true}""")).Body);
    }

    [Fact]
    public async Task AConfiguration_BecomesTheServicesBatchesLimitsAndCache()
    {
        await using var host = await ServingHost.StartAsync();
        const string Config =
            """
            {"name":"m","backend":"onnxruntime","max_batch_size":8,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[2]}],"output":[{"name":"y","dims":[-1]}],
             "dynamic_batching":{"preferred_batch_size":[4,8],"max_queue_delay_microseconds":"100","default_queue_policy":{"max_queue_size":9}},
             "instance_group":[{"count":2,"kind":"KIND_CPU"},{}],"response_cache":{"enable":true},"parameters":{},"optimization":{}}
            """;
        Assert.Equal(200, (await LoadAsync(host, ("config", Config), ("file:1/model.onnx", Convert.ToBase64String(Same)))).Status);

        var service = (await host.Resources.GetAsync(InferenceServiceKind.Definition, "default", "m", CancellationToken.None)).OrThrow();
        Assert.Equal(
            """{"slipway.dev/preferred-batch-sizes":"4,8","slipway.dev/max-queue-delay-microseconds":"100","slipway.dev/queue-limit":"9","slipway.dev/response-cache":"64Mi","slipway.dev/max-batch-size":"8"}""",
            service.Metadata["annotations"]!.ToJsonString());
        Assert.Equal(3, (int)service.Json["spec"]!["predictor"]!["containerConcurrency"]!);
        var config = await host.JsonAsync("/v2/models/m/config");
        Assert.Equal((8, """{"preferred_batch_size":[4,8],"max_queue_delay_microseconds":100}"""), ((int)config["max_batch_size"]!, config["dynamic_batching"]!.ToJsonString()));
        Assert.Equal("[1,2]", await AnswerAsync(host));

        // What the server tells of a model can be sent back as it is.
        Assert.Equal(200, (await LoadAsync(host, ("config", config.ToJsonString()))).Status);
        Assert.Equal(200, (await LoadAsync(host, ("config", """{"max_batch_size":0}"""))).Status);
        Assert.Equal(0, (int)(await host.JsonAsync("/v2/models/m/config"))["max_batch_size"]!);
    }

    [Fact]
    public async Task AConfiguration_ChoosesARegisteredVersion()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Same);
        await host.RegisterAsync("m", Negated);

        Assert.Equal(200, (await LoadAsync(host, ("config", """{"version_policy":{"specific":{"versions":[1]}}}"""))).Status);
        Assert.Equal("[1,2]", await AnswerAsync(host));
        Assert.Equal(200, (await LoadAsync(host, ("config", """{"version_policy":{"specific":{"versions":[2]}}}"""))).Status);
        Assert.Equal("[-1,-2]", await AnswerAsync(host));
        Assert.Equal(404, (await LoadAsync(host, ("config", """{"version_policy":{"specific":{"versions":[3]}}}"""))).Status);
        Assert.Equal("[-1,-2]", await AnswerAsync(host));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"sequence_batching":{"max_sequence_idle_microseconds":1}}""", "config.sequence_batching: has no meaning here" },
        { """{"optimization":{"cuda":{"graphs":true}}}""", "config.optimization: has no meaning here" },
        { """{"parameters":{"intra_op_thread_count":{"string_value":"4"}}}""", "config.parameters: has no meaning here" },
        { """{"instance_group":[{"kind":"KIND_GPU"}]}""", "config.instance_group[0].kind: 'KIND_GPU' is not to be had" },
        { """{"max_batch_size":-1}""", "config.max_batch_size: must be a whole number" },
        { """{"dynamic_batching":{}}""", "config.dynamic_batching: says nothing without" },
        { """{"max_batch_size":2,"dynamic_batching":{"priority_levels":3}}""", "config.dynamic_batching.priority_levels: has no meaning here" },
        { """{"model_transaction_policy":{"decoupled":true}}""", "config.model_transaction_policy.decoupled" },
        { """{"name":"other"}""", "config.name: is 'other'" },
        { """{"backend":"pytorch"}""", "config.backend: is 'pytorch'" },
        { """{"input":[{"name":"z"}]}""", "config.input[0]: the model has no 'z'" },
        { """{"input":[{"name":"x","data_type":"TYPE_INT8"}]}""", "config.input[0].data_type: is TYPE_INT8, 'x' of the model is TYPE_FP32" },
        { """{"output":[{"name":"y","dims":[-1,3]}]}""", "config.output[0].dims: is [-1, 3], 'y' of the model has [-1, 2]" },
        { """{"version_policy":{"latest":{"num_versions":2}}}""", "config.version_policy.latest.num_versions: a load serves one version" },
        { """{"version_policy":{"specific":{"versions":[4]}}}""", "config.version_policy: no file of version 4" },
        { "[]", "parameters.config: must be a JSON object" },
        { "{", "parameters.config: is not JSON" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task AConfigurationThatCannotBe_IsRefusedByName_AndChangesNothing(string config, string expected)
    {
        await using var host = await ServingHost.StartAsync();

        var (status, body) = await LoadAsync(host, ("config", config), ("file:1/model.onnx", Convert.ToBase64String(Same)));
        Assert.Equal(400, status);
        Assert.Contains(expected, (string?)JsonNode.Parse(body)!["error"], StringComparison.Ordinal);
        Assert.Equal("[]", (await PostAsync(host, "/v2/repository/index", "")).Body);

        var call = new RepositoryModelLoadRequest { ModelName = "m" };
        call.Parameters["config"] = new ModelRepositoryParameter { StringParam = config };
        call.Parameters["file:1/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(Same) };
        var reply = await host.Grpc.CallAsync(Load, call, RepositoryModelLoadResponse.Parser);
        Assert.Equal(3, reply.Status);
        Assert.Contains(expected, reply.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"parameters":{"file:1/model.onnx":"no base64!"}}""", "is not base64")]
    [InlineData("""{"parameters":{"file:1/model.onnx":7}}""", "must be a text")]
    [InlineData("""{"parameters":{"file:model.onnx":"AAAA"}}""", "names no version and file")]
    [InlineData("""{"parameters":{"file:0/model.onnx":"AAAA"}}""", "names no version and file")]
    [InlineData("""{"parameters":{"file:1/model.onnx":"AAAA"}}""", "The model could not be loaded")]
    [InlineData("""{"parameters":{"file:1/model.py":"AAAA"}}""", "must have exactly one file that ends with .onnx")]
    [InlineData("""{"parameters":{"file:1/model.onnx":"AAAA","file:1/weights.bin":"AAAA"}}""", "a model of several files cannot be sent along")]
    [InlineData("""{"parameters":{"other":1}}""", "parameters.other: is not known")]
    [InlineData("""{"parameters":[]}""", "parameters: must be an object")]
    [InlineData("""{"parameters":{"config":"{}"}} x""", "is not JSON")]
    [InlineData("""["a"]""", "must be a JSON object")]
    public async Task WhatCannotBeLoaded_IsRefused_AndTheModelGoesOnAnswering(string body, string expected)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Same);
        await host.ApplyAsync("m", "models:/m/1");
        var before = (await host.Resources.GetAsync(InferenceServiceKind.Definition, "default", "m", CancellationToken.None)).OrThrow().Json["spec"]!.ToJsonString();

        var (status, answer) = await PostAsync(host, "/v2/repository/models/m/load", body);

        Assert.Equal(400, status);
        Assert.Contains(expected, (string?)JsonNode.Parse(answer)!["error"], StringComparison.Ordinal);
        Assert.Equal("[1,2]", await AnswerAsync(host));
        Assert.Equal(before, (await host.Resources.GetAsync(InferenceServiceKind.Definition, "default", "m", CancellationToken.None)).OrThrow().Json["spec"]!.ToJsonString());
    }

    [Fact]
    public async Task OverGrpc_AModelIsBytes_AndAnUnloadTakesUnloadDependents()
    {
        await using var host = await ServingHost.StartAsync();
        var load = new RepositoryModelLoadRequest { ModelName = "m" };
        load.Parameters["config"] = new ModelRepositoryParameter { StringParam = """{"max_batch_size":4,"dynamic_batching":{}}""" };
        load.Parameters["file:3/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(Negated) };
        Assert.Equal(0, (await host.Grpc.CallAsync(Load, load, RepositoryModelLoadResponse.Parser)).Status);
        Assert.Equal("[-1,-2]", await AnswerAsync(host));

        load.Parameters["file:3/model.onnx"] = new ModelRepositoryParameter { StringParam = "x" };
        Assert.Equal(3, (await host.Grpc.CallAsync(Load, load, RepositoryModelLoadResponse.Parser)).Status);

        var unload = new RepositoryModelUnloadRequest { ModelName = "m" };
        unload.Parameters["unload_dependents"] = new ModelRepositoryParameter { StringParam = "yes" };
        Assert.Equal(3, (await UnloadAsync()).Status);
        unload.Parameters["unload_dependents"] = new ModelRepositoryParameter { BoolParam = true };
        Assert.Equal(0, (await UnloadAsync()).Status);
        var index = await host.Grpc.CallAsync("inference.GRPCInferenceService/RepositoryIndex", new RepositoryIndexRequest { Ready = true }, RepositoryIndexResponse.Parser);
        Assert.Empty(index.Answer.Models);

        Task<GrpcReply<RepositoryModelUnloadResponse>> UnloadAsync() =>
            host.Grpc.CallAsync("inference.GRPCInferenceService/RepositoryModelUnload", unload, RepositoryModelUnloadResponse.Parser);
    }

    [Fact]
    public async Task AnUnload_RefusesParametersThatItDoesNotKnow()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Same);
        await host.ApplyAsync("m", "models:/m/1");

        Assert.Equal(400, (await PostAsync(host, "/v2/repository/models/m/unload", """{"parameters":{"force":true}}""")).Status);
        Assert.Equal(400, (await PostAsync(host, "/v2/repository/models/m/unload", """{"parameters":{"unload_dependents":"yes"}}""")).Status);
        Assert.Equal("[1,2]", await AnswerAsync(host));
        Assert.Equal(200, (await PostAsync(host, "/v2/repository/models/m/unload", """{"parameters":{"unload_dependents":true}}""")).Status);
    }

    [Fact]
    public async Task AModelBeyondTheLimit_IsTooLarge()
    {
        await using var host = await ServingHost.StartAsync(null, ("Serving:MaxUploadBytes", "1048576"));
        var body = JsonSerializer.Serialize(new { parameters = new Dictionary<string, string> { ["file:1/model.onnx"] = Convert.ToBase64String(new byte[2 << 20]) } });

        Assert.Equal(413, (await PostAsync(host, "/v2/repository/models/m/load", body)).Status);
    }

    private static Task<(int Status, string Body)> LoadAsync(ServingHost host, params (string Name, string Text)[] parameters) => PostAsync(
        host, "/v2/repository/models/m/load", new JsonObject { ["parameters"] = new JsonObject([.. parameters.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)p.Text))]) }.ToJsonString());

    private static async Task<string> AnswerAsync(ServingHost host, string path = "/v2/models/m/infer")
    {
        var (status, body) = await PostAsync(host, path, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""");
        Assert.True(status == 200, body);
        return JsonNode.Parse(body)!["outputs"]![0]!["data"]!.ToJsonString();
    }

    private static async Task<(int Status, string Body)> PostAsync(ServingHost host, string path, string body)
    {
        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
