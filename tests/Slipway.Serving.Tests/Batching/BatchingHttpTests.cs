using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Kinds;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Batching and the response cache through the protocols.</summary>
public sealed class BatchingHttpTests
{
    [Fact]
    public async Task EveryProtocolShares_AndEachCallerGetsItsOwn()
    {
        await using var host = await ServingHost.StartAsync();
        var service = await host.ServeAsync("b", Models.BatchMean, """{"containerConcurrency":1,"batcher":{"maxBatchSize":16,"maxLatency":50}}""");

        var answered = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 4) switch
        {
            0 => OverV2(i),
            1 => OverV1(i),
            2 => OverMlflow(i),
            _ => OverGrpc(i),
        }));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"city {i} {i}"), answered);
        var stats = (await host.JsonAsync("/v2/models/b/stats"))["model_stats"]![0]!;
        Assert.Equal(250, (long)stats["inference_count"]!);
        Assert.InRange((long)stats["execution_count"]!, 16, 250);
        Assert.All(stats["batch_stats"]!.AsArray(), b => Assert.InRange((int)b!["batch_size"]!, 1, 16));
        Assert.Equal(250, (long)stats["inference_stats"]!["queue"]!["count"]!);
        Assert.Equal(
            "True Batching", service.Status["conditions"]!.AsArray().Where(c => (string?)c!["type"] == "BatcherReady").Select(c => $"{c!["status"]} {c["reason"]}").Single());

        async Task<string> OverV2(int i)
        {
            var outputs = (await host.AnswerAsync("b", null, i))["outputs"]!;
            using var response = await host.InferAsync("b", null, i, city: $"city {i}");
            var own = (await response.Content.ReadFromJsonAsync<JsonObject>())!["outputs"]!;
            Assert.Equal((float)outputs[1]!["data"]![0]!, (float)own[1]!["data"]![0]!);
            return $"{own[0]!["data"]![0]} {own[1]!["data"]![0]}";
        }

        async Task<string> OverV1(int i)
        {
            using var response = await host.Http.PostAsync(
                "/v1/models/b:predict", ServiceHarness.Json($$$"""{"instances":[{"city":["city {{{i}}}"],"sales":[{{{i}}}]}]}"""));
            var own = (await response.Content.ReadFromJsonAsync<JsonObject>())!["predictions"]![0]!;
            return $"{own["label"]![0]} {own["prediction"]![0]}";
        }

        async Task<string> OverMlflow(int i)
        {
            using var response = await host.Http.PostAsync(
                "/serve/b/invocations", ServiceHarness.Json($$$"""{"inputs":{"city":[["city {{{i}}}"]],"sales":[[{{{i}}}]]}}"""));
            var own = (await response.Content.ReadFromJsonAsync<JsonObject>())!["predictions"]!;
            return $"{Innermost(own is JsonArray rows ? rows[0]!["label"]! : own["label"]!)} {Innermost(own is JsonArray all ? all[0]!["prediction"]! : own["prediction"]!)}";
        }

        async Task<string> OverGrpc(int i)
        {
            var reply = await host.Grpc.CallAsync(
                "inference.GRPCInferenceService/ModelInfer",
                new ModelInferRequest
                {
                    ModelName = "b",
                    Inputs =
                    {
                        new ModelInferRequest.Types.InferInputTensor
                        {
                            Name = "city", Datatype = "BYTES", Shape = { 1, 1 },
                            Contents = new InferTensorContents { BytesContents = { Google.Protobuf.ByteString.CopyFromUtf8($"city {i}") } },
                        },
                        new ModelInferRequest.Types.InferInputTensor { Name = "sales", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { i } } },
                    },
                },
                ModelInferResponse.Parser);
            var outputs = reply.Answer.Outputs;
            return string.Create(CultureInfo.InvariantCulture, $"{outputs[0].Contents.BytesContents[0].ToStringUtf8()} {outputs[1].Contents.Fp32Contents[0]}");
        }
    }

    [Fact]
    public async Task TheConfiguration_TellsOfDynamicBatching()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync(
            "b", Models.BatchMean, "{}",
            """{"slipway.dev/max-batch-size":"8","slipway.dev/preferred-batch-sizes":"4, 2","slipway.dev/max-queue-delay-microseconds":"500"}""");

        var config = await host.JsonAsync("/v2/models/b/config");
        var overGrpc = (await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelConfig", new ModelConfigRequest { Name = "b" }, ModelConfigResponse.Parser)).Answer.Config;

        Assert.Equal(8, (int)config["max_batch_size"]!);
        Assert.Equal("""{"preferred_batch_size":[2,4],"max_queue_delay_microseconds":500}""", config["dynamic_batching"]!.ToJsonString());
        Assert.Equal("[1]", config["input"]![0]!["dims"]!.ToJsonString());
        Assert.Equal(8, overGrpc.MaxBatchSize);
        Assert.Equal([2, 4], overGrpc.DynamicBatching.PreferredBatchSize);
        Assert.Equal(500UL, overGrpc.DynamicBatching.MaxQueueDelayMicroseconds);
    }

    [Fact]
    public async Task AModelWithoutRows_IsServedAndSaysThatItIsNotBatched()
    {
        await using var host = await ServingHost.StartAsync();

        var service = await host.ServeAsync("slow", Models.Slow, """{"batcher":{}}""");

        var condition = service.Status["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "BatcherReady")!;
        Assert.Equal("False", (string?)condition["status"]);
        Assert.Contains("first dimension of input 'turns' is 1", (string?)condition["message"], StringComparison.Ordinal);
        Assert.Equal("True", (string?)service.Status["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "Ready")!["status"]);
        Assert.Equal(0, (int)(await host.JsonAsync("/v2/models/slow/config"))["max_batch_size"]!);
    }

    [Fact]
    public async Task ALimitThatChanges_NeedsNoNewRevision()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("b", Models.BatchMean, """{"batcher":{"maxBatchSize":4}}""");
        var lane = host.Lane("b");

        await host.ServeAsync("b", Models.BatchMean, """{"containerConcurrency":3,"timeout":5}""", storageUri: "models:/b/1");

        Assert.Same(lane, host.Lane("b"));
        Assert.Null(lane.Batching);
        Assert.Equal((3, TimeSpan.FromSeconds(5)), (lane.Policy.Concurrency, lane.Policy.Timeout));
    }

    [Fact]
    public async Task TheResponseCache_AnswersTheSameContentWithoutARun_AndStillLogsAndCounts()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("b", Models.BatchMean, "{}", """{"slipway.dev/response-cache":"100","slipway.dev/response-cache-ttl":"10m"}""");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(5, (float)(await host.AnswerAsync("b", $"r{i}", 5))["outputs"]![1]!["data"]![0]!);
        }

        Assert.Equal(6, (float)(await host.AnswerAsync("b", "r3", 6))["outputs"]![1]!["data"]![0]!);

        var stats = (await host.JsonAsync("/v2/models/b/stats"))["model_stats"]![0]!;
        Assert.Equal((2, 2), ((long)stats["execution_count"]!, (long)stats["inference_count"]!));
        var counted = stats["inference_stats"]!;
        Assert.Equal((2, 2, 4), ((long)counted["cache_hit"]!["count"]!, (long)counted["cache_miss"]!["count"]!, (long)counted["success"]!["count"]!));
        Assert.Equal(4, (long)(await host.SummaryAsync("b"))["served"]!);
    }

    [Theory]
    [InlineData("""{"batcher":{"maxBatchSize":0}}""", "{}", "spec.predictor.batcher.maxBatchSize")]
    [InlineData("""{"batcher":{"maxLatency":5}}""", """{"slipway.dev/max-queue-delay-microseconds":"5"}""", "metadata.annotations[slipway.dev/max-queue-delay-microseconds]")]
    [InlineData("{}", """{"slipway.dev/preferred-batch-sizes":"4"}""", "metadata.annotations[slipway.dev/preferred-batch-sizes]")]
    [InlineData("""{"batcher":{"maxBatchSize":8}}""", """{"slipway.dev/preferred-batch-sizes":"9"}""", "metadata.annotations[slipway.dev/preferred-batch-sizes]")]
    [InlineData("{}", """{"slipway.dev/queue-limit":"many"}""", "metadata.annotations[slipway.dev/queue-limit]")]
    [InlineData("{}", """{"slipway.dev/response-cache":"64Zi"}""", "metadata.annotations[slipway.dev/response-cache]")]
    [InlineData("{}", """{"slipway.dev/response-cache":"64Mi","slipway.dev/response-cache-ttl":"soon"}""", "metadata.annotations[slipway.dev/response-cache-ttl]")]
    [InlineData("""{"containerConcurrency":-1}""", "{}", "spec.predictor.containerConcurrency")]
    public void ALimitThatIsNone_IsRefusedByName(string predictor, string annotations, string path)
    {
        var spec = JsonNode.Parse(predictor)!;
        spec["model"] = JsonNode.Parse("""{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}""");

        var faults = InferenceServiceKind.Definition.Validate!(
            new JsonObject { ["metadata"] = new JsonObject { ["name"] = "s", ["annotations"] = JsonNode.Parse(annotations) }, ["spec"] = new JsonObject { ["predictor"] = spec } });

        Assert.Equal(path, Assert.Single(faults).Path);
    }

    private static JsonNode Innermost(JsonNode node) => node is JsonArray array ? Innermost(array[0]!) : node;
}
