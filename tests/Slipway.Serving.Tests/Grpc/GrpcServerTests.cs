using Google.Protobuf.Reflection;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Grpc;

/// <summary>Every method but inference itself.</summary>
public sealed class GrpcServerTests
{
    private const string Service = "inference.GRPCInferenceService";

    [Fact]
    public async Task TheServer_IsLiveReadyAndDescribesItself()
    {
        await using var host = await ServingHost.StartAsync();

        Assert.True((await host.Grpc.CallAsync($"{Service}/ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Answer.Live);
        Assert.True((await host.Grpc.CallAsync($"{Service}/ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Answer.Ready);
        var metadata = (await host.Grpc.CallAsync($"{Service}/ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser)).Answer;
        Assert.Equal("slipway", metadata.Name);
        Assert.Contains("binary_tensor_data", metadata.Extensions);
    }

    [Fact]
    public async Task AModel_IsDescribed_AndAnUnknownOneIsNotReady()
    {
        await using var host = await ServedAsync();

        var model = (await host.Grpc.CallAsync($"{Service}/ModelMetadata", new ModelMetadataRequest { Name = "m" }, ModelMetadataResponse.Parser)).Answer;
        var config = (await host.Grpc.CallAsync($"{Service}/ModelConfig", new ModelConfigRequest { Name = "m", Version = "1" }, ModelConfigResponse.Parser)).Answer.Config;
        var unknown = await host.Grpc.CallAsync($"{Service}/ModelMetadata", new ModelMetadataRequest { Name = "nobody" }, ModelMetadataResponse.Parser);

        Assert.Equal(("m", "1", "onnx_onnxv1"), (model.Name, Assert.Single(model.Versions), model.Platform));
        Assert.Equal(("x", "FP32", "-1,3"), (model.Inputs[0].Name, model.Inputs[0].Datatype, string.Join(',', model.Inputs[0].Shape)));
        Assert.Equal(("y", DataType.TypeFp32, "onnxruntime"), (config.Output[0].Name, config.Output[0].DataType, config.Backend));
        Assert.Equal(5, unknown.Status);
        Assert.True(await ReadyAsync(host, "m", ""));
        Assert.True(await ReadyAsync(host, "m", "1"));
        Assert.False(await ReadyAsync(host, "m", "2"));
        Assert.False(await ReadyAsync(host, "nobody", ""));
    }

    [Fact]
    public async Task Statistics_CountRowsAndRuns_AlikeOverBothProtocols()
    {
        await using var host = await ServedAsync();
        for (var i = 0; i < 3; i++)
        {
            using var answered = await host.Http.PostAsync("/v2/models/m/infer", new StringContent(
                """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,4,5,6]}]}"""));
            answered.EnsureSuccessStatusCode();
        }

        var counted = Assert.Single((await host.Grpc.CallAsync(
            $"{Service}/ModelStatistics", new ModelStatisticsRequest { Name = "m" }, ModelStatisticsResponse.Parser)).Answer.ModelStats);
        var rest = (await host.JsonAsync("/v2/models/m/stats"))["model_stats"]![0]!;
        var all = (await host.JsonAsync("/v2/models/stats"))["model_stats"]!.AsArray();

        Assert.Equal((6UL, 3UL, 3UL), (counted.InferenceCount, counted.ExecutionCount, counted.InferenceStats.Success.Count));
        Assert.Equal((6, 3, 3), ((int)rest["inference_count"]!, (int)rest["execution_count"]!, (int)rest["inference_stats"]!["success"]!["count"]!));
        Assert.True(counted.LastInference > 0 && counted.InferenceStats.ComputeInfer.Ns > 0 && counted.InferenceStats.ComputeInput.Ns > 0);
        Assert.Equal((2, 3), ((int)rest["batch_stats"]![0]!["batch_size"]!, (int)rest["batch_stats"]![0]!["compute_infer"]!["count"]!));
        Assert.Single(all);
        Assert.Equal(5, (await host.Grpc.CallAsync($"{Service}/ModelStatistics", new ModelStatisticsRequest { Name = "nobody" }, ModelStatisticsResponse.Parser)).Status);
        Assert.Equal(5, (await host.Grpc.CallAsync($"{Service}/ModelStatistics", new ModelStatisticsRequest { Name = "m", Version = "8" }, ModelStatisticsResponse.Parser)).Status);
    }

    [Fact]
    public async Task TheRepository_UnloadsAndLoads_AndItsIndexTells()
    {
        await using var host = await ServedAsync();

        Assert.Equal([("m", "1", "READY", "")], await IndexAsync(host));
        Assert.Equal(0, (await host.Grpc.CallAsync($"{Service}/RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "m" }, RepositoryModelUnloadResponse.Parser)).Status);
        Assert.Equal([("m", "", "UNAVAILABLE", "unloaded")], await IndexAsync(host));
        Assert.Empty(await IndexAsync(host, ready: true));
        Assert.False(await ReadyAsync(host, "m", ""));
        Assert.True((await host.Grpc.CallAsync($"{Service}/ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Answer.Ready);

        // KServe's clients send the model's name where the repository's is elsewhere.
        Assert.Equal(0, (await host.Grpc.CallAsync($"{Service}/RepositoryModelLoad", new RepositoryModelLoadRequest { RepositoryName = "m" }, RepositoryModelLoadResponse.Parser)).Status);
        Assert.Equal([("m", "1", "READY", "")], await IndexAsync(host));
        Assert.True(await ReadyAsync(host, "m", "1"));
        Assert.Equal(5, (await host.Grpc.CallAsync($"{Service}/RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "nobody" }, RepositoryModelLoadResponse.Parser)).Status);
        Assert.Equal(5, (await host.Grpc.CallAsync($"{Service}/RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "nobody" }, RepositoryModelUnloadResponse.Parser)).Status);
    }

    [Fact]
    public async Task Health_AnswersForTheServerAndTheService()
    {
        await using var host = await ServingHost.StartAsync();

        foreach (var service in new[] { "", Service })
        {
            var health = await host.Grpc.CallAsync("grpc.health.v1.Health/Check", new HealthCheckRequest { Service = service }, HealthCheckResponse.Parser);
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Answer.Status);
        }

        Assert.Equal(5, (await host.Grpc.CallAsync("grpc.health.v1.Health/Check", new HealthCheckRequest { Service = "other" }, HealthCheckResponse.Parser)).Status);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task Reflection_ListsServices_AndGivesTheirFiles(string version)
    {
        await using var host = await ServingHost.StartAsync();
        var method = $"grpc.reflection.{version}.ServerReflection/ServerReflectionInfo";

        var reply = await host.Grpc.StreamAsync(
            method,
            [
                new ServerReflectionRequest { ListServices = "" },
                new ServerReflectionRequest { FileContainingSymbol = Service },
                new ServerReflectionRequest { FileContainingSymbol = "inference.ModelInferRequest.InferInputTensor" },
                new ServerReflectionRequest { FileByFilename = "nothing.proto" },
            ],
            ServerReflectionResponse.Parser);

        Assert.Contains(reply.Answers[0].ListServicesResponse.Service, s => s.Name == Service);
        foreach (var answer in reply.Answers.Skip(1).Take(2))
        {
            var file = FileDescriptorProto.Parser.ParseFrom(Assert.Single(answer.FileDescriptorResponse.FileDescriptorProto));
            Assert.Equal(12, Assert.Single(file.Service).Method.Count);
        }

        Assert.Equal(5, reply.Answers[3].ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task OverHttp1_AMethodSaysHowItIsCalled()
    {
        await using var host = await ServingHost.StartAsync();

        using var response = await host.Http.PostAsync($"/{Service}/ServerLive", new ByteArrayContent([]));

        Assert.Equal(415, (int)response.StatusCode);
        Assert.Contains("gRPC port", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<bool> ReadyAsync(ServingHost host, string model, string version) => (await host.Grpc.CallAsync(
        $"{Service}/ModelReady", new ModelReadyRequest { Name = model, Version = version }, ModelReadyResponse.Parser)).Answer.Ready;

    private static async Task<(string, string, string, string)[]> IndexAsync(ServingHost host, bool ready = false)
    {
        var index = (await host.Grpc.CallAsync($"{Service}/RepositoryIndex", new RepositoryIndexRequest { Ready = ready }, RepositoryIndexResponse.Parser)).Answer;
        return [.. index.Models.Select(m => (m.Name, m.Version, m.State, m.Reason))];
    }

    private static async Task<ServingHost> ServedAsync()
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 3));
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }
}
