using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Platform.Grpc;
using Slipway.Serving.Grpc.Messages;
using static Slipway.Serving.Grpc.Messages.ModelInferRequest.Types;

namespace Slipway.Serving.Tests.Grpc;

/// <summary>What NVIDIA's client and others put on the wire beside tensors.</summary>
public sealed class GrpcWireTests(GrpcWireTests.Server server) : IClassFixture<GrpcWireTests.Server>
{
    private const string Service = "inference.GRPCInferenceService";
    private const string EmptyFinal = "triton_enable_empty_final_response";

    [Theory]
    [InlineData("5000000S")]
    [InlineData("99999999M")]
    [InlineData("99999999H")]
    public async Task ADeadlineLongerThanAnyTimer_IsNone(string timeout)
    {
        var live = await server.Grpc.CallAsync($"{Service}/ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser, ("grpc-timeout", timeout));
        var answered = await server.Grpc.CallAsync($"{Service}/ModelInfer", Row(1, 2, 3), ModelInferResponse.Parser, ("grpc-timeout", timeout));

        Assert.True(live.Answer.Live);
        Assert.Equal([1, 2, 3], answered.Answer.Outputs[0].Contents.Fp32Contents);

        // A line of waiting requests counts in the clock's ticks, which such a time would overflow.
        Assert.Null(GrpcDeadline.Of(new HeaderDictionary { ["grpc-timeout"] = timeout }));
    }

    [Fact]
    public async Task InAStream_EachAnswerIsSaidToBeTheFinalOne_AlsoToWhoAsksForAnEmptyOne()
    {
        var (plain, asking, unknown) = (Row(1, 2, 3), Row(4, 5, 6), Row(7, 8, 9));
        asking.Parameters[EmptyFinal] = new InferParameter { BoolParam = true };
        unknown.Parameters["triton_other"] = new InferParameter { BoolParam = true };

        var reply = await server.Grpc.StreamAsync($"{Service}/ModelStreamInfer", [plain, asking, unknown], ModelStreamInferResponse.Parser);
        var alone = await server.Grpc.CallAsync($"{Service}/ModelInfer", asking, ModelInferResponse.Parser);

        Assert.Equal(3, reply.Answers.Count);
        foreach (var (answer, first) in reply.Answers.Take(2).Zip([1f, 4f]))
        {
            Assert.Equal(first, answer.InferResponse.Outputs[0].Contents.Fp32Contents[0]);
            Assert.True(answer.InferResponse.Parameters["triton_final_response"].BoolParam);
        }

        Assert.Equal("parameters.triton_other: names that begin with triton_ are reserved", reply.Answers[2].ErrorMessage);
        Assert.Empty(alone.Answer.Parameters);
    }

    [Theory]
    [InlineData("""{"uint64Param":"18446744073709551615"}""", 0)]
    [InlineData("""{"uint64Param":"1"}""", 0)]
    [InlineData("""{"int64Param":"0"}""", 0)]
    [InlineData("""{"stringParam":"7"}""", 0)]
    [InlineData("{}", 0)]
    [InlineData("""{"int64Param":"-1"}""", 3)]
    [InlineData("""{"stringParam":"-1"}""", 3)]
    [InlineData("""{"stringParam":""}""", 3)]
    [InlineData("""{"doubleParam":1.5}""", 3)]
    [InlineData("""{"boolParam":true}""", 3)]
    public async Task APriority_AndATimeout_AreWholeNumbers_WithoutASignToo(string value, int status)
    {
        foreach (var name in new[] { "priority", "timeout" })
        {
            var ask = Row(1, 2, 3);
            ask.Parameters[name] = InferParameter.Parser.ParseJson(value);

            var reply = await server.Grpc.CallAsync($"{Service}/ModelInfer", ask, ModelInferResponse.Parser);

            Assert.Equal((status, status == 0 ? "" : $"parameters.{name}: must be a whole number, 0 or more"), (reply.Status, reply.Message));
        }
    }

    [Fact]
    public async Task Classification_HasAsManyColumns_WithoutRows_AndWritesWhatIsNoNumberAsCDoes()
    {
        var none = await ClassesAsync(2, 0, 3);
        var odd = await ClassesAsync(3, 1, 3, float.NaN, float.NegativeInfinity, float.PositiveInfinity);

        Assert.Equal([0L, 2L], none.Shape);
        Assert.Equal([1L, 3L], odd.Shape);
        Assert.Equal(["inf:2", "-inf:1", "nan:0"], odd.Contents.BytesContents.Select(b => b.ToStringUtf8()));
    }

    [Fact]
    public async Task Statistics_CountARunThatFails_AndNoRunForInputsThatDoNotFit()
    {
        foreach (var (shape, status) in new[] { ("[3]", 200), ("[4]", 400), ("[1,4]", 400) })
        {
            using var response = await server.Http.PostAsync("/v2/models/reshape/infer", new StringContent(
                $$"""{"inputs":[{"name":"x","shape":{{shape}},"datatype":"FP32","data":[1,2,3{{(shape == "[3]" ? "" : ",4")}}]},{"name":"s","shape":[1],"datatype":"INT64","data":[3]}]}"""));
            Assert.Equal(status, (int)response.StatusCode);
        }

        var counted = (await server.Grpc.CallAsync($"{Service}/ModelStatistics", new ModelStatisticsRequest { Name = "reshape" }, ModelStatisticsResponse.Parser)).Answer.ModelStats.Single();

        Assert.Equal((2UL, 1UL, 1UL), (counted.ExecutionCount, counted.InferenceStats.Success.Count, counted.InferenceStats.Fail.Count));
    }

    [Fact]
    public async Task AModelThatIsNone_IsRefused_WithoutSayingWhereItLay()
    {
        foreach (var (name, file) in new[] { ("cut", Models.Once[..^20]), ("text", Encoding.UTF8.GetBytes("this is no model")), ("empty", []) })
        {
            var reply = await server.Grpc.CallAsync(
                $"{Service}/RepositoryModelLoad",
                new RepositoryModelLoadRequest { ModelName = name, Parameters = { ["file:1/model.onnx"] = new() { BytesParam = ByteString.CopyFrom(file) } } },
                RepositoryModelLoadResponse.Parser);

            Assert.Equal(3, reply.Status);
            Assert.StartsWith("The model could not be loaded: Load model from the file failed", reply.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Path.GetTempPath(), reply.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("objects", reply.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OverTls_InferenceHealthAndReflectionAnswer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var host = await ServingHost.StartTlsAsync(certificate);
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 3));
        await host.ApplyAsync("m", "models:/m/1");

        var answered = await host.Grpc.CallAsync($"{Service}/ModelInfer", Row(1, 2, 3), ModelInferResponse.Parser);
        var streamed = await host.Grpc.StreamAsync($"{Service}/ModelStreamInfer", [Row(1, 2, 3), Row(4, 5, 6)], ModelStreamInferResponse.Parser);
        var health = await host.Grpc.CallAsync("grpc.health.v1.Health/Check", new HealthCheckRequest { Service = Service }, HealthCheckResponse.Parser);
        var reflected = await host.Grpc.StreamAsync(
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", [new ServerReflectionRequest { ListServices = "" }], ServerReflectionResponse.Parser);
        var unknown = await host.Grpc.CallAsync($"{Service}/ModelInfer", new ModelInferRequest { ModelName = "nobody" }, ModelInferResponse.Parser);

        Assert.Equal([1, 2, 3], answered.Answer.Outputs[0].Contents.Fp32Contents);
        Assert.Equal(2, streamed.Answers.Count);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Answer.Status);
        Assert.Contains(reflected.Answer.ListServicesResponse.Service, s => s.Name == Service);
        Assert.Equal((5, "Model 'nobody' not found"), (unknown.Status, unknown.Message));
    }

    private async Task<ModelInferResponse.Types.InferOutputTensor> ClassesAsync(int classes, int rows, int columns, params float[] values)
    {
        var ask = Row(values);
        ask.Inputs[0].Shape.Clear();
        ask.Inputs[0].Shape.Add([rows, columns]);
        ask.Outputs.Add(new InferRequestedOutputTensor { Name = "y", Parameters = { ["classification"] = new InferParameter { Int64Param = classes } } });
        return (await server.Grpc.CallAsync($"{Service}/ModelInfer", ask, ModelInferResponse.Parser)).Answer.Outputs.Single();
    }

    private static ModelInferRequest Row(params float[] values) => new()
    {
        ModelName = "m",
        Inputs = { new InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, values.Length }, Contents = new InferTensorContents { Fp32Contents = { values } } } },
    };

    /// <summary>One server for all: nothing here changes what another test sees.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private ServingHost _host = null!;

        internal GrpcClient Grpc => _host.Grpc;

        internal HttpClient Http => _host.Http;

        public async ValueTask InitializeAsync()
        {
            _host = await ServingHost.StartAsync();
            await _host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 3));
            await _host.ApplyAsync("m", "models:/m/1");
            await _host.RegisterAsync("reshape", OnnxWriter.Model(
                [OnnxWriter.Node("Reshape", ["x", "s"], ["y"])],
                [OnnxWriter.Tensor("x", OnnxType.FP32, -1), OnnxWriter.Tensor("s", OnnxType.INT64, -1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1)]));
            await _host.ApplyAsync("reshape", "models:/reshape/1");
        }

        public ValueTask DisposeAsync() => _host.DisposeAsync();
    }
}
