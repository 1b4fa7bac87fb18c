using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Fuzz;

/// <summary>Spoilt messages to every gRPC method: a status of the caller's fault, never INTERNAL or UNKNOWN.</summary>
public sealed class GrpcFuzzTests
{
    private const string Service = "inference.GRPCInferenceService";

    /// <summary>What the answers say is not looked at.</summary>
    private static readonly MessageParser<Empty> AnyMessage = Empty.Parser.WithDiscardUnknownFields(true);

    private static readonly string[] Methods =
    [
        "ModelInfer", "ModelInfer", "ModelInfer", "ModelStreamInfer", "ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics", "RepositoryIndex",
        "ServerMetadata",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AnyMessage_IsAnsweredOrRefused_AndTheModelGoesOn(int seed)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        await host.ApplyAsync("m", "models:/m/1");
        var random = new Random(seed);
        for (var i = 0; i < 400; i++)
        {
            var (method, message) = (Methods[random.Next(Methods.Length)], Spoilt(random));
            var framed = GrpcClient.Framed(message, packed: random.Next(20) == 0);
            if (random.Next(10) == 0)
            {
                framed = framed[..random.Next(framed.Length)];
            }

            var reply = await host.Grpc.SendAsync(
                $"{Service}/{method}", framed, AnyMessage, ("grpc-encoding", random.Next(2) == 0 ? "gzip" : "identity"), ("grpc-timeout", random.Next(2) == 0 ? "20S" : "x"));

            Assert.True(reply.Status is 0 or 3 or 5 or 8 or 12, $"{seed}/{i} {method}: {reply.Status} {reply.Message} for {Convert.ToHexString(message)}");
        }

        Assert.Equal(0, (await host.Grpc.CallAsync($"{Service}/ModelInfer", Whole(), ModelInferResponse.Parser)).Status);
    }

    private static byte[] Spoilt(Random random)
    {
        var message = Whole().ToByteArray();
        for (var i = random.Next(4); i > 0; i--)
        {
            var at = random.Next(message.Length);
            message = random.Next(5) switch
            {
                0 => message[..Math.Max(1, at)],
                1 => [.. message[..at], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, .. message[at..]],
                2 => [.. message[..at], .. message[Math.Min(message.Length, at + random.Next(4))..], 0],
                3 => [.. message, .. message],
                _ => [.. message[..at], (byte)random.Next(256), .. message[(at + 1)..]],
            };
        }

        return message;
    }

    private static ModelInferRequest Whole() => new()
    {
        ModelName = "m",
        Id = "7",
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 } } },
        Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y" } },
        RawInputContents = { ByteString.CopyFrom(0, 0, 128, 63, 0, 0, 0, 64) },
    };
}
