using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Told = Slipway.Serving.Tests.Protocol.Messages;

namespace Slipway.Serving.Tests.Protocol;

/// <summary>Every gRPC method as a client sees it that was generated from definitions of its own (client.proto).</summary>
public sealed class EveryMethodTests
{
    private const string Service = "inference.GRPCInferenceService/";

    [Fact]
    public async Task EveryMethod_IsUnderstood_ByAClientOfItsOwnDefinitions()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 3));
        await host.ApplyAsync("m", "models:/m/1");
        Told.Named named = new() { Name = "m", Version = "1" };

        Assert.True((await CallAsync(host, "ServerLive", new Told.Nothing(), Told.Flag.Parser)).Value);
        Assert.True((await CallAsync(host, "ServerReady", new Told.Nothing(), Told.Flag.Parser)).Value);
        Assert.True((await CallAsync(host, "ModelReady", named, Told.Flag.Parser)).Value);
        Assert.Equal("slipway", (await CallAsync(host, "ServerMetadata", new Told.Nothing(), Told.ServerAbout.Parser)).Name);
        Assert.Contains("model_repository", (await CallAsync(host, "ServerMetadata", new Told.Nothing(), Told.ServerAbout.Parser)).Extensions);

        var about = await CallAsync(host, "ModelMetadata", named, Told.ModelAbout.Parser);
        Assert.Equal(("m", "1", "onnx_onnxv1"), (about.Name, Assert.Single(about.Versions), about.Platform));
        Assert.Equal(("x", "FP32", "-1,3"), (about.Inputs[0].Name, about.Inputs[0].Datatype, string.Join(',', about.Inputs[0].Shape)));
        Assert.Equal("y", Assert.Single(about.Outputs).Name);

        var told = await CallAsync(host, "ModelInfer", Asked(), Told.Told.Parser);
        Assert.Equal(("m", "1", "7"), (told.Model, told.Version, told.Id));
        Assert.Equal(Asked().Raw[0], Assert.Single(told.Raw));
        Assert.Equal(("y", "FP32", "1,3"), (told.Outputs[0].Name, told.Outputs[0].Datatype, string.Join(',', told.Outputs[0].Shape)));

        Told.Ask unknown = new() { Model = "nobody", Id = "8" };
        var streamed = await host.Grpc.StreamAsync(Service + "ModelStreamInfer", [Asked(), unknown, Asked()], Told.Streamed.Parser);
        Assert.Equal(["7", "", "7"], streamed.Answers.Select(a => a.Told?.Id ?? ""));
        Assert.Contains("nobody", streamed.Answers[1].Error, StringComparison.Ordinal);

        var counts = Assert.Single((await CallAsync(host, "ModelStatistics", named, Told.Counts.Parser)).Models);
        Assert.Equal(("m", "1", 3UL, 3UL, 3UL), (counts.Name, counts.Version, counts.Inferences, counts.Executions, counts.Durations.Success.Count));
        Assert.True(counts.LastInference > 1_600_000_000_000 && counts.Durations.ComputeInfer.Ns > 0 && counts.Batches[0].Size == 1);

        Assert.Equal(("CPU", (ulong)OnnxWriter.Identity(OnnxType.FP32, -1, 3).Length), (counts.Memory[0].Type, counts.Memory[0].Bytes));

        var config = (await CallAsync(host, "ModelConfig", named, Told.ConfigTold.Parser)).Config;
        Assert.Equal(("m", "onnxruntime", "y", 11), (config.Name, config.Backend, config.Output[0].Name, config.Output[0].DataType));

        Assert.Equal(("m", "1", "READY"), Entry(await IndexAsync(host)));
        await CallAsync(host, "RepositoryModelUnload", new Told.RepositoryAsk { Model = "m" }, Told.Nothing.Parser);
        Assert.Equal(("m", "", "UNAVAILABLE"), Entry(await IndexAsync(host)));
        Assert.Equal(5, (await host.Grpc.CallAsync(Service + "ModelInfer", Asked(), Told.Told.Parser)).Status);
        await CallAsync(host, "RepositoryModelLoad", new Told.RepositoryAsk { Model = "m" }, Told.Nothing.Parser);
        Assert.Equal(("m", "1", "READY"), Entry(await IndexAsync(host)));
        Assert.Equal(1, (await host.Grpc.CallAsync("grpc.health.v1.Health/Check", new Told.HealthAsk(), Told.HealthTold.Parser)).Answer.Status);
    }

    [Fact]
    public async Task Classification_AndOutputsByName_ReadAlike()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 3));
        await host.ApplyAsync("m", "models:/m/1");
        var ask = Asked();
        ask.Outputs.Add(new Told.Wanted { Name = "y", Parameters = { { "classification", new Told.Parameter { Int64Param = 2 } } } });

        var told = await CallAsync(host, "ModelInfer", ask, Told.Told.Parser);

        Assert.Equal(("BYTES", "1,2"), (told.Outputs[0].Datatype, string.Join(',', told.Outputs[0].Shape)));
        byte[] expected = [10, 0, 0, 0, .. "3.000000:2"u8, 10, 0, 0, 0, .. "2.000000:1"u8];
        Assert.Equal(expected, Assert.Single(told.Raw).ToByteArray());
    }

    private static Told.Ask Asked() => new()
    {
        Model = "m",
        Id = "7",
        Inputs = { new Told.Tensor { Name = "x", Datatype = "FP32", Shape = { 1, 3 } } },
        Raw = { ByteString.CopyFrom([.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f)]) },
    };

    private static (string, string, string) Entry(Told.Index index) => (index.Models[0].Name, index.Models[0].Version, index.Models[0].State);

    private static Task<Told.Index> IndexAsync(ServingHost host) => CallAsync(host, "RepositoryIndex", new Told.IndexAsk(), Told.Index.Parser);

    private static async Task<T> CallAsync<T>(ServingHost host, string method, IMessage message, MessageParser<T> parser)
        where T : IMessage<T> => (await host.Grpc.CallAsync(Service + method, message, parser)).Answer;
}
