using Google.Protobuf;
using Slipway.Conformance;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>A Python model over gRPC: raw and listed tensors, texts of any bytes, its refusals and failures, streams and deadlines.</summary>
public sealed class PythonGrpcTests
{
    private const string Infer = "inference.GRPCInferenceService/ModelInfer";

    private const string Model = """
        import time

        class Model:
            inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}, {"name": "who", "datatype": "BYTES", "shape": [-1]}]
            outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}, {"name": "who", "datatype": "BYTES", "shape": [-1]}, {"name": "n", "datatype": "INT64", "shape": []}]

            def load(self, folder):
                pass

            def predict(self, inputs):
                x = inputs["x"]
                if x[0, 0] == -1:
                    raise ValueError("x must not be -1")
                if x[0, 0] == -2:
                    raise KeyError("its own fault")
                if x[0, 0] == -3:
                    time.sleep(60)
                return {"y": x.sum(axis=1) * 2, "who": inputs["who"], "n": 9223372036854775807}
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tensors_GoBothWays_AsTheyCame(bool raw)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);

        var answer = (await host.Grpc.CallAsync(Infer, Ask(1, raw), ModelInferResponse.Parser)).Answer;

        Assert.Equal(["y", "who", "n"], answer.Outputs.Select(o => o.Name));
        Assert.Equal(["FP64", "BYTES", "INT64"], answer.Outputs.Select(o => o.Datatype));
        Assert.Equal(("1", "1", ""), (string.Join(',', answer.Outputs[0].Shape), string.Join(',', answer.Outputs[1].Shape), string.Join(',', answer.Outputs[2].Shape)));
        var (y, who, n) = raw
            ? (BitConverter.ToDouble(answer.RawOutputContents[0].Span), answer.RawOutputContents[1].ToByteArray()[4..], BitConverter.ToInt64(answer.RawOutputContents[2].Span))
            : (answer.Outputs[0].Contents.Fp64Contents[0], answer.Outputs[1].Contents.BytesContents[0].ToByteArray(), answer.Outputs[2].Contents.Int64Contents[0]);
        Assert.Equal((6.0, "FF0041", long.MaxValue), (y, Convert.ToHexString(who), n));
    }

    [Fact]
    public async Task WhatItRefuses_IsInvalid_WhatItGetsWrongIsInternal_AndAStreamGoesOn()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);

        var refused = await host.Grpc.CallAsync(Infer, Ask(-1, true), ModelInferResponse.Parser);
        var failed = await host.Grpc.CallAsync(Infer, Ask(-2, true), ModelInferResponse.Parser);
        var streamed = await host.Grpc.StreamAsync(
            "inference.GRPCInferenceService/ModelStreamInfer", [Ask(1, true), Ask(-1, true), Ask(-2, false), Ask(2, false)], ModelStreamInferResponse.Parser);

        Assert.Equal((3, true), (refused.Status, refused.Message.Contains("x must not be -1", StringComparison.Ordinal)));
        Assert.Equal((13, true), (failed.Status, failed.Message.Contains("its own fault", StringComparison.Ordinal)));
        Assert.Equal([true, false, false, true], streamed.Answers.Select(a => a.ErrorMessage.Length == 0));
        Assert.Equal(8, streamed.Answers[3].InferResponse.Outputs[0].Contents.Fp64Contents[0]);
    }

    [Fact]
    public async Task ADeadline_EndsTheRun_AndTheNextCallIsAnswered()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);

        var late = await host.Grpc.CallAsync(Infer, Ask(-3, true), ModelInferResponse.Parser, ("grpc-timeout", "300m"));
        var next = await host.Grpc.CallAsync(Infer, Ask(1, true), ModelInferResponse.Parser);

        Assert.Equal((4, 0), (late.Status, next.Status));
    }

    private static ModelInferRequest Ask(double first, bool raw)
    {
        ModelInferRequest ask = new() { ModelName = "own" };
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP64", Shape = { 1, 2 } });
        ask.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "who", Datatype = "BYTES", Shape = { 1 } });
        if (raw)
        {
            ask.RawInputContents.Add(ByteString.CopyFrom([.. BitConverter.GetBytes(first), .. BitConverter.GetBytes(2.0)]));
            ask.RawInputContents.Add(ByteString.CopyFrom(3, 0, 0, 0, 0xFF, 0, 0x41));
        }
        else
        {
            ask.Inputs[0].Contents = new InferTensorContents { Fp64Contents = { first, 2 } };
            ask.Inputs[1].Contents = new InferTensorContents { BytesContents = { ByteString.CopyFrom(0xFF, 0, 0x41) } };
        }

        return ask;
    }

    private static async Task<ServingHost> HostAsync(TempFolder folder)
    {
        var host = await ServingHost.StartAsync();
        await host.ApplyAsync("own", PythonServingTests.Predictor("python", PythonModels.Custom(folder, Model)));
        return host;
    }
}
