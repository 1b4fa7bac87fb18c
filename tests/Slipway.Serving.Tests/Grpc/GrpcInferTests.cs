using System.Globalization;
using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Serving.Grpc.Messages;
using static Slipway.Serving.Grpc.Messages.ModelInferRequest.Types;

namespace Slipway.Serving.Tests.Grpc;

public sealed class GrpcInferTests
{
    private const string Infer = "inference.GRPCInferenceService/ModelInfer";
    private const string StreamInfer = "inference.GRPCInferenceService/ModelStreamInfer";

    public static TheoryData<string> Datatypes => [.. Enum.GetNames<OnnxType>()];

    [Theory]
    [MemberData(nameof(Datatypes))]
    public async Task EveryDatatype_ComesBackRaw_WhenItCameRaw(string datatype)
    {
        var type = Enum.Parse<OnnxType>(datatype);
        await using var host = await ServedAsync(OnnxWriter.Identity(type, -1));
        byte[] raw = type == OnnxType.BYTES ? [2, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0] : [.. Enumerable.Range(0, 2 * type.Size()).Select(i => (byte)(type == OnnxType.BOOL ? i & 1 : 0x31 + i))];

        var reply = await host.Grpc.CallAsync(Infer, Request(datatype, 2, raw: raw), ModelInferResponse.Parser);

        Assert.Equal(raw, Assert.Single(reply.Answer.RawOutputContents).ToByteArray());
        var output = Assert.Single(reply.Answer.Outputs);
        Assert.Equal(("y", datatype, "2", null), (output.Name, output.Datatype, string.Join(',', output.Shape), output.Contents));
        Assert.Equal(("m", "1", "row"), (reply.Answer.ModelName, reply.Answer.ModelVersion, reply.Answer.Id));
    }

    public static TheoryData<string, string> Lists => new()
    {
        { "BOOL", """{"boolContents":[true,false]}""" },
        { "INT8", """{"intContents":[-128,127]}""" },
        { "INT16", """{"intContents":[-32768,32767]}""" },
        { "INT32", """{"intContents":[-2147483648,2147483647]}""" },
        { "INT64", """{"int64Contents":["-9223372036854775808","9223372036854775807"]}""" },
        { "UINT8", """{"uintContents":[0,255]}""" },
        { "UINT16", """{"uintContents":[0,65535]}""" },
        { "UINT32", """{"uintContents":[0,4294967295]}""" },
        { "UINT64", """{"uint64Contents":["9007199254740993","18446744073709551615"]}""" },
        { "FP32", """{"fp32Contents":[3.4028235E+38,"NaN"]}""" },
        { "FP64", """{"fp64Contents":[5E-324,"-Infinity"]}""" },
        { "BYTES", """{"bytesContents":["AP8=",""]}""" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task EveryList_ComesBackAsAList_WhenItCameAsOne(string datatype, string contents)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(Enum.Parse<OnnxType>(datatype), -1));
        var given = InferTensorContents.Parser.ParseJson(contents);

        var reply = await host.Grpc.CallAsync(Infer, Request(datatype, 2, given), ModelInferResponse.Parser);

        Assert.Equal(given, Assert.Single(reply.Answer.Outputs).Contents);
        Assert.Empty(reply.Answer.RawOutputContents);
    }

    [Fact]
    public async Task AHalfFloatAnswer_GoesRaw_SinceNoListHoldsIt()
    {
        await using var host = await ServedAsync(OnnxWriter.Model(
            [OnnxWriter.Node("Cast", ["x"], ["y"], "", OnnxWriter.Int("to", (int)OnnxType.FP16))],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1)], [OnnxWriter.Tensor("y", OnnxType.FP16, -1)]));

        var reply = await host.Grpc.CallAsync(Infer, Request("FP32", 1, new InferTensorContents { Fp32Contents = { 1 } }), ModelInferResponse.Parser);

        Assert.Equal([0x00, 0x3C], Assert.Single(reply.Answer.RawOutputContents).ToByteArray());
    }

    [Fact]
    public async Task WrittenUnpacked_ListsAreReadToo()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.INT64, -1));

        // contents { int64_contents: 7, int64_contents: -1 }, shape [2], each value with a tag of its own.
        byte[] contents = [0x18, 7, 0x18, .. Enumerable.Repeat((byte)0xFF, 9), 1];
        byte[] input = [.. Field(1, "x"u8.ToArray()), .. Field(2, "INT64"u8.ToArray()), 0x18, 2, .. Field(5, contents)];
        byte[] request = [.. Field(5, input), .. Field(1, "m"u8.ToArray())];

        var reply = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(request), ModelInferResponse.Parser);

        Assert.Equal([7, -1], reply.Answer.Outputs[0].Contents.Int64Contents);
    }

    [Theory]
    [InlineData("nobody", "", """{"name":"x","datatype":"FP32","shape":["1"],"contents":{"fp32Contents":[1]}}""", 5, "Model 'nobody'")]
    [InlineData("m", "9", """{"name":"x","datatype":"FP32","shape":["1"],"contents":{"fp32Contents":[1]}}""", 5, "Version '9'")]
    [InlineData("m", "", """{"name":"z","datatype":"FP32","shape":["1"],"contents":{"fp32Contents":[1]}}""", 3, "z: no such input")]
    [InlineData("m", "", """{"name":"x","datatype":"FP31","shape":["1"],"contents":{"fp32Contents":[1]}}""", 3, "datatype")]
    [InlineData("m", "", """{"name":"x","datatype":"FP64","shape":["1"],"contents":{"fp64Contents":[1]}}""", 3, "datatype FP64")]
    [InlineData("m", "", """{"name":"x","datatype":"FP32","shape":["1"],"contents":{"fp64Contents":[1]}}""", 3, "a list of another type")]
    [InlineData("m", "", """{"name":"x","datatype":"FP32","shape":["2"],"contents":{"fp32Contents":[1]}}""", 3, "means 2 elements, contents have 1")]
    [InlineData("m", "", """{"name":"x","datatype":"FP32","shape":["1"],"contents":{"fp32Contents":[1,2]}}""", 3, "means 1 elements")]
    [InlineData("m", "", """{"name":"x","datatype":"FP32","shape":["-1"],"contents":{"fp32Contents":[1]}}""", 3, "must be 0 or more")]
    [InlineData("m", "", """{"name":"x","datatype":"FP32","shape":["4611686018427387904","8"],"contents":{"fp32Contents":[1]}}""", 3, "too many")]
    [InlineData("m", "", """{"name":"x","datatype":"INT8","shape":["1"],"contents":{"intContents":[128]}}""", 3, "does not fit INT8")]
    [InlineData("m", "", """{"name":"x","datatype":"FP16","shape":["1"],"contents":{"fp32Contents":[1]}}""", 3, "raw_input_contents")]
    [InlineData("m", "", """{"datatype":"FP32","shape":["1"],"contents":{"fp32Contents":[1]}}""", 3, "name: missing")]
    public async Task AWrongRequest_IsRefusedByStatusAndName(string model, string version, string input, int status, string says)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));
        var request = new ModelInferRequest { ModelName = model, ModelVersion = version, Inputs = { InferInputTensor.Parser.ParseJson(input) } };

        var reply = await host.Grpc.CallAsync(Infer, request, ModelInferResponse.Parser);

        Assert.Equal(status, reply.Status);
        Assert.Contains(says, reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RawAndLists_CannotMix_AndRawIsOneForEachInput()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));
        var both = Request("FP32", 1, new InferTensorContents { Fp32Contents = { 1 } }, new byte[4]);
        var twice = Request("FP32", 1, raw: new byte[4]);
        twice.RawInputContents.Add(ByteString.CopyFrom(new byte[4]));

        var mixed = await host.Grpc.CallAsync(Infer, both, ModelInferResponse.Parser);
        var many = await host.Grpc.CallAsync(Infer, twice, ModelInferResponse.Parser);
        var shorter = await host.Grpc.CallAsync(Infer, Request("FP32", 2, raw: new byte[4]), ModelInferResponse.Parser);

        Assert.Equal((3, 3, 3), (mixed.Status, many.Status, shorter.Status));
        Assert.Contains("raw_input_contents", mixed.Message, StringComparison.Ordinal);
        Assert.Contains("2 entries for 1 inputs", many.Message, StringComparison.Ordinal);
        Assert.Contains("mean 8 bytes, the block has 4", shorter.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SelectedOutputs_AndClassification_Work()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        var request = new ModelInferRequest
        {
            ModelName = "m",
            Inputs = { new InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 0.25f, 0.75f } } } },
            Outputs = { new InferRequestedOutputTensor { Name = "y", Parameters = { ["classification"] = new InferParameter { Int64Param = 1 } } } },
        };

        var reply = await host.Grpc.CallAsync(Infer, request, ModelInferResponse.Parser);
        request.Outputs[0].Name = "nothing";
        var unknown = await host.Grpc.CallAsync(Infer, request, ModelInferResponse.Parser);

        Assert.Equal("0.750000:1", Assert.Single(reply.Answer.Outputs[0].Contents.BytesContents).ToStringUtf8());
        Assert.Equal("1,1", string.Join(',', reply.Answer.Outputs[0].Shape));
        Assert.Equal(3, unknown.Status);
    }

    [Fact]
    public async Task AStream_AnswersInOrder_AndAFaultDoesNotEndIt()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.INT64, -1));
        var requests = Enumerable.Range(0, 50).Select(i =>
        {
            var request = Request("INT64", 1, new InferTensorContents { Int64Contents = { i } });
            (request.Id, request.ModelName) = (i.ToString(CultureInfo.InvariantCulture), i == 7 ? "nobody" : "m");
            return request;
        });

        var reply = await host.Grpc.StreamAsync(StreamInfer, requests, ModelStreamInferResponse.Parser);

        Assert.Equal((0, 50), (reply.Status, reply.Answers.Count));
        Assert.Equal("Model 'nobody' not found", reply.Answers[7].ErrorMessage);
        Assert.All(reply.Answers.Index().Where(a => a.Index != 7), a => Assert.Equal(
            (a.Index.ToString(CultureInfo.InvariantCulture), a.Index), (a.Item.InferResponse.Id, a.Item.InferResponse.Outputs[0].Contents.Int64Contents[0])));
    }

    [Fact]
    public async Task AReservedParameter_IsRefused()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Slipway.Engines.Tests.Onnx.OnnxWriter.Identity(OnnxType.FP32, -1));
        await host.ApplyAsync("m", "models:/m/1");
        ModelInferRequest ask = new() { ModelName = "m", Parameters = { { "triton_x", new InferParameter { Int64Param = 1 } } } };

        var reply = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", ask, ModelInferResponse.Parser);

        Assert.Equal((3, "parameters.triton_x: names that begin with triton_ are reserved"), (reply.Status, reply.Message));
    }

    [Fact]
    public async Task PackedMessages_AreRead_AndUnknownPackingIsUnimplemented()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.INT64, -1));
        var message = Request("INT64", 1, new InferTensorContents { Int64Contents = { 5 } }).ToByteArray();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(message);
        }

        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Fastest))
        {
            zlib.Write(message);
        }

        var read = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(packed.ToArray(), packed: true), ModelInferResponse.Parser, ("grpc-encoding", "gzip"));
        var other = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(deflated.ToArray(), packed: true), ModelInferResponse.Parser, ("grpc-encoding", "deflate"));
        var unknown = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(message, packed: true), ModelInferResponse.Parser, ("grpc-encoding", "snappy"));
        var broken = await host.Grpc.SendAsync(Infer, GrpcClient.Framed([1, 2, 3], packed: true), ModelInferResponse.Parser, ("grpc-encoding", "gzip"));

        Assert.Equal((5, 5), (read.Answer.Outputs[0].Contents.Int64Contents[0], other.Answer.Outputs[0].Contents.Int64Contents[0]));
        Assert.Equal((12, 3), (unknown.Status, broken.Status));
    }

    [Fact]
    public async Task ATooLargeMessage_IsResourceExhausted_ATruncatedOneInvalid_AndNoneToo()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1), ("Serving:MaxRequestBytes", "10000"));

        var large = await host.Grpc.CallAsync(Infer, Request("FP32", 5000, raw: new byte[20_000]), ModelInferResponse.Parser);
        var cut = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(new byte[100])[..50], ModelInferResponse.Parser);
        var none = await host.Grpc.SendAsync(Infer, [], ModelInferResponse.Parser);
        var noise = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(Encoding.UTF8.GetBytes("this is no message")), ModelInferResponse.Parser);

        Assert.Equal((8, 3, 3, 3), (large.Status, cut.Status, none.Status, noise.Status));
    }

    [Fact]
    public async Task APassedDeadline_IsSaidSo()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));

        var reply = await host.Grpc.CallAsync(Infer, Request("FP32", 1, raw: new byte[4]), ModelInferResponse.Parser, ("grpc-timeout", "1n"));

        Assert.Equal(4, reply.Status);
    }

    [Fact]
    public async Task RandomBytes_NeverBreakTheServer()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));
        var random = new Random(20261121);
        var valid = Request("FP32", 3, new InferTensorContents { Fp32Contents = { 1, 2, 3 } }).ToByteArray();

        for (var i = 0; i < 400; i++)
        {
            var message = valid.ToArray();
            for (var k = 0; k <= i % 5; k++)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            var reply = await host.Grpc.SendAsync(Infer, GrpcClient.Framed(message), ModelInferResponse.Parser);
            Assert.Contains(reply.Status, new[] { 0, 3, 5 });
        }
    }

    private static ModelInferRequest Request(string datatype, long elements, InferTensorContents? contents = null, byte[]? raw = null)
    {
        var request = new ModelInferRequest
        {
            ModelName = "m", Id = "row", Inputs = { new InferInputTensor { Name = "x", Datatype = datatype, Shape = { elements }, Contents = contents } },
        };
        if (raw is not null)
        {
            request.RawInputContents.Add(ByteString.CopyFrom(raw));
        }

        return request;
    }

    private static byte[] Field(int number, byte[] content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];

    private static async Task<ServingHost> ServedAsync(byte[] model, params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(null, settings);
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }
}
