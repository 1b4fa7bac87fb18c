using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Told = Slipway.Serving.Tests.Protocol.Messages;

namespace Slipway.Serving.Tests.Protocol;

/// <summary>The same tensor through JSON, binary blocks, raw and listed contents, and from each into the other: the same elements, bit for bit.</summary>
public sealed class EveryPathTests
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    /// <summary>Datatype; elements as JSON; the same as little-endian bytes; the same as a list of contents (empty: none holds them).</summary>
    public static TheoryData<string, string, string, string> Extremes => new()
    {
        { "BOOL", "[true,false]", "0100", """{"bools":[true,false]}""" },
        { "INT8", "[-128,127]", "807F", """{"ints":[-128,127]}""" },
        { "UINT8", "[0,255]", "00FF", """{"uints":[0,255]}""" },
        { "INT16", "[-32768,32767]", "0080FF7F", """{"ints":[-32768,32767]}""" },
        { "UINT16", "[0,65535]", "0000FFFF", """{"uints":[0,65535]}""" },
        { "INT32", "[-2147483648,2147483647]", "00000080FFFFFF7F", """{"ints":[-2147483648,2147483647]}""" },
        { "UINT32", "[0,4294967295]", "00000000FFFFFFFF", """{"uints":[0,4294967295]}""" },
        { "INT64", "[-9223372036854775808,9223372036854775807]", "0000000000000080FFFFFFFFFFFFFF7F", """{"longs":["-9223372036854775808","9223372036854775807"]}""" },
        { "UINT64", "[9007199254740993,18446744073709551615]", "0100000000002000FFFFFFFFFFFFFFFF", """{"ulongs":["9007199254740993","18446744073709551615"]}""" },
        { "FP32", "[-3.4028235E+38,1E-45]", "FFFF7FFF01000000", """{"floats":[-3.4028235E+38,1E-45]}""" },
        { "FP64", "[-1.7976931348623157E+308,5E-324]", "FFFFFFFFFFFFEFFF0100000000000000", """{"doubles":[-1.7976931348623157E+308,5E-324]}""" },
        { "FP16", "[-65504,5.9604645E-08]", "FFFB0100", "" },
        { "BF16", "[-3.3895314E+38,9.1835E-41]", "7FFF0100", "" },
        { "BYTES", "[\"\",\"Zürich\\u0000\"]", "00000000080000005AC3BC7269636800", """{"texts":["","WsO8cmljaAA="]}""" },
    };

    [Theory]
    [MemberData(nameof(Extremes))]
    public async Task ATensor_IsTheSame_OverEveryPath(string datatype, string json, string hex, string contents)
    {
        Assert.True(OnnxTypes.TryParse(datatype, out var type));
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(type, -1, 2));
        await host.ApplyAsync("m", "models:/m/1");
        var (elements, bytes) = (JsonNode.Parse(json)!, Convert.FromHexString(hex));

        // From JSON and from bytes, into JSON and into bytes.
        foreach (var binaryIn in new[] { false, true })
        {
            foreach (var binaryOut in new[] { false, true })
            {
                var (answer, block) = await RestAsync(host, datatype, elements, bytes, binaryIn, binaryOut);
                var output = answer["outputs"]![0]!;
                Assert.Equal((datatype, "[1,2]"), ((string)output["datatype"]!, output["shape"]!.ToJsonString()));
                Assert.Equal(binaryOut ? hex : "", Convert.ToHexString(block));
                Assert.Equal(binaryOut ? null : Numbers(elements), output["data"] is { } data ? Numbers(data) : null);
            }
        }

        Told.Ask ask = new() { Model = "m", Inputs = { new Told.Tensor { Name = "x", Datatype = datatype, Shape = { 1, 2 } } } };
        if (contents.Length > 0)
        {
            ask.Inputs[0].Contents = Told.Contents.Parser.ParseJson(contents);
            Assert.Equal(ask.Inputs[0].Contents, (await InferAsync(host, ask)).Outputs[0].Contents);
            ask.Inputs[0].Contents = null;
        }

        ask.Raw.Add(ByteString.CopyFrom(bytes));
        Assert.Equal(hex, Convert.ToHexString(Assert.Single((await InferAsync(host, ask)).Raw).ToByteArray()));
    }

    [Theory]
    [InlineData("[]", 1)]
    [InlineData("[0,2]", 0)]
    [InlineData("[2,0,3]", 0)]
    [InlineData("[1,1,1,1,1,1,1,1]", 1)]
    public async Task AnyRank_AndSizesOfNothing_ComeBack(string shape, int elements)
    {
        var sizes = JsonNode.Parse(shape)!.AsArray().Select(d => (long)d!).ToArray();
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, [.. sizes.Select(d => d == 0 ? -1 : d)]));
        await host.ApplyAsync("m", "models:/m/1");
        var data = elements == 0 ? "[]" : "[1.5]";

        using var response = await host.Http.PostAsync("/v2/models/m/infer", new StringContent(
            $$$"""{"inputs":[{"name":"x","shape":{{{shape}}},"datatype":"FP32","data":{{{data}}}}]}"""));

        var output = (await response.Content.ReadFromJsonAsync<JsonObject>())!["outputs"]![0]!;
        Assert.Equal((shape, data), (output["shape"]!.ToJsonString(), output["data"]!.ToJsonString()));
        var told = await InferAsync(host, new Told.Ask
        {
            Model = "m",
            Inputs = { new Told.Tensor { Name = "x", Datatype = "FP32", Shape = { sizes } } },
            Raw = { ByteString.CopyFrom(new byte[elements * sizeof(float)]) },
        });
        Assert.Equal(sizes, told.Outputs[0].Shape);
        Assert.Equal(elements * sizeof(float), Assert.Single(told.Raw).Length);
    }

    [Theory]
    [InlineData("FP32", "0000C07F0000807F")]
    [InlineData("FP64", "000000000000F87F000000000000F0FF")]
    [InlineData("FP16", "007E007C")]
    [InlineData("BF16", "C07F80FF")]
    public async Task WhatJsonCannotSay_IsNull_AndBinaryKeepsEveryBit(string datatype, string hex)
    {
        Assert.True(OnnxTypes.TryParse(datatype, out var type));
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(type, -1, 2));
        await host.ApplyAsync("m", "models:/m/1");

        var (text, _) = await RestAsync(host, datatype, new JsonArray(), Convert.FromHexString(hex), binaryIn: true, binaryOut: false);
        var (_, block) = await RestAsync(host, datatype, new JsonArray(), Convert.FromHexString(hex), binaryIn: true, binaryOut: true);

        Assert.Equal("[null,null]", text["outputs"]![0]!["data"]!.ToJsonString());
        Assert.Equal(hex, Convert.ToHexString(block));
    }

    private static async Task<Told.Told> InferAsync(ServingHost host, Told.Ask ask) =>
        (await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", ask, Told.Told.Parser)).Answer;

    private static async Task<(JsonObject Answer, byte[] Block)> RestAsync(
        ServingHost host, string datatype, JsonNode elements, byte[] bytes, bool binaryIn, bool binaryOut)
    {
        var input = new JsonObject { ["name"] = "x", ["shape"] = new JsonArray(1, 2), ["datatype"] = datatype };
        input[binaryIn ? "parameters" : "data"] = binaryIn ? new JsonObject { ["binary_data_size"] = bytes.Length } : elements.DeepClone();
        var asked = new JsonObject { ["inputs"] = new JsonArray(input), ["parameters"] = new JsonObject { ["binary_data_output"] = binaryOut } };
        var header = Encoding.UTF8.GetBytes(asked.ToJsonString());
        using var content = new ByteArrayContent(binaryIn ? [.. header, .. bytes] : header);
        if (binaryIn)
        {
            content.Headers.Add(HeaderLength, header.Length.ToString(CultureInfo.InvariantCulture));
        }

        using var response = await host.Http.PostAsync("/v2/models/m/infer", content);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        var json = response.Headers.TryGetValues(HeaderLength, out var lengths) ? int.Parse(lengths.Single(), CultureInfo.InvariantCulture)
            : response.Content.Headers.TryGetValues(HeaderLength, out lengths) ? int.Parse(lengths.Single(), CultureInfo.InvariantCulture) : body.Length;
        return (JsonNode.Parse(body.AsSpan(0, json))!.AsObject(), body[json..]);
    }

    /// <summary>Elements as text: floating-point numbers by value, since the shortest way of writing them is the writer's choice.</summary>
    private static string Numbers(JsonNode data) => string.Join(' ', data.AsArray().Select(e => e!.GetValueKind() == System.Text.Json.JsonValueKind.Number
        && double.TryParse(e.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && (number % 1 != 0 || Math.Abs(number) > 1e20)
            ? ((float)number).ToString(CultureInfo.InvariantCulture) + number.ToString("E6", CultureInfo.InvariantCulture)
            : e.ToJsonString()));
}
