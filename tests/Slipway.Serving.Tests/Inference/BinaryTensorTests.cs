using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Inference;

/// <summary>The extension binary_tensor_data, both ways, as NVIDIA's client speaks it.</summary>
public sealed class BinaryTensorTests
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    public static TheoryData<string, string> Extremes => new()
    {
        { "BOOL", "00010100" },
        { "INT8", "807FFF00" },
        { "UINT8", "00FF8001" },
        { "INT16", "0080FF7FFFFF0000" },
        { "UINT16", "0000FFFF00800100" },
        { "INT32", "00000080FFFFFF7FFFFFFFFF00000000" },
        { "UINT32", "00000000FFFFFFFF0000008001000000" },
        { "INT64", "0000000000000080FFFFFFFFFFFFFF7F010000000000200000000000000000FF" },
        { "UINT64", "FFFFFFFFFFFFFFFF000000000000000001000000000020000000000000000080" },
        { "FP16", "007C00FC007E0100" },
        { "BF16", "807F80FFC07F0100" },
        { "FP32", "0000807F000080FF0000C07F01000000" },
        { "FP64", "000000000000F07F000000000000F0FF000000000000F87F0100000000000000" },
    };

    [Theory]
    [MemberData(nameof(Extremes))]
    public async Task EveryDatatype_ComesBackBitForBit(string datatype, string hex)
    {
        Assert.True(OnnxTypes.TryParse(datatype, out var type));
        await using var host = await ServedAsync(OnnxWriter.Identity(type, -1, 2));
        var bytes = Convert.FromHexString(hex);

        var (header, block, mediaType) = await AskAsync(host, Input(datatype, [2, 2], bytes.Length, "\"parameters\":{\"binary_data_output\":true}"), bytes);

        Assert.Equal(bytes, block);
        Assert.Equal("application/octet-stream", mediaType);
        Assert.Equal(
            $$$"""{"name":"y","shape":[2,2],"datatype":"{{{datatype}}}","parameters":{"binary_data_size":{{{bytes.Length}}}}}""",
            header["outputs"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Texts_OfAnyBytes_ComeBackAsTheyWere()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.BYTES, -1));
        byte[][] texts = [[], [0, 1, 0], [0xFF, 0xFE], Encoding.UTF8.GetBytes("Zürich 🚀"), new byte[70_000]];
        var block = texts.SelectMany(Framed).ToArray();

        var (header, answered, _) = await AskAsync(host, Input("BYTES", [5], block.Length, "\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}]"), block);

        Assert.Equal(block, answered);
        Assert.Equal(block.Length, (int)header["outputs"]![0]!["parameters"]!["binary_data_size"]!);
    }

    [Fact]
    public async Task BinaryAndJson_MixBothWays_AndAnOutputOverridesTheRequest()
    {
        await using var host = await ServedAsync(OnnxWriter.Model(
            [OnnxWriter.Node("Add", ["a", "b"], ["sum"]), OnnxWriter.Node("Sub", ["a", "b"], ["difference"])],
            [OnnxWriter.Tensor("a", OnnxType.INT64, -1), OnnxWriter.Tensor("b", OnnxType.INT64, -1)],
            [OnnxWriter.Tensor("sum", OnnxType.INT64, -1), OnnxWriter.Tensor("difference", OnnxType.INT64, -1)]));
        var a = Longs(1L << 60, 5);

        var (header, block, _) = await AskAsync(
            host,
            """
            {"id":"7","parameters":{"binary_data_output":true},"inputs":[
              {"name":"a","shape":[2],"datatype":"INT64","parameters":{"binary_data_size":16}},
              {"name":"b","shape":[2],"datatype":"INT64","data":[1,2]}],
             "outputs":[{"name":"sum"},{"name":"difference","parameters":{"binary_data":false}}]}
            """,
            a);

        Assert.Equal(Longs((1L << 60) + 1, 7), block);
        Assert.Equal($"[{(1L << 60) - 1},3]", header["outputs"]![1]!["data"]!.ToJsonString());
        Assert.Equal("7", (string)header["id"]!);
    }

    [Fact]
    public async Task OnlyEmptyBlocks_AreSentWithoutALengthHeader_AsTritonsClientExpects()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));

        var (header, block, mediaType) = await AskAsync(host, Input("FP32", [0], 0, "\"parameters\":{\"binary_data_output\":true}"), []);

        Assert.Equal((0, "application/json"), (block.Length, mediaType));
        Assert.Equal("[0]", header["outputs"]![0]!["shape"]!.ToJsonString());
    }

    [Fact]
    public async Task ARawRequest_TakesTheShapeFromTheModel_AndIsAnsweredInBinary()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        var bytes = Convert.FromHexString("0000803F00000040");

        var (header, block, _) = await AskAsync(host, "", bytes);

        Assert.Equal(bytes, block);
        Assert.Equal("[1,2]", header["outputs"]![0]!["shape"]!.ToJsonString());
    }

    [Theory]
    [InlineData("FP32", "[2,2]", 16, 12, "only 12 bytes left")]
    [InlineData("FP32", "[2,2]", 12, 12, "mean 16 bytes, the block has 12")]
    [InlineData("FP32", "[2,2]", 12, 16, "mean 16 bytes, the block has 12")]
    [InlineData("FP32", "[2,2]", 16, 17, "1 bytes after the last binary block")]
    [InlineData("FP32", "[4611686018427387904,2]", 16, 16, "too many bytes")]
    [InlineData("FP32", "[4611686018427387904,2,2,2,2]", 0, 0, "too many bytes")]
    public async Task ABlockThatDoesNotFit_IsTheCallersFault(string datatype, string shape, int announced, int sent, string says)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 2));

        using var response = await PostAsync(
            host, $$$"""{"inputs":[{"name":"x","shape":{{{shape}}},"datatype":"{{{datatype}}}","parameters":{"binary_data_size":{{{announced}}}}}]}""", new byte[sent]);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("05000000616263", "runs past the end")]
    [InlineData("0100", "runs past the end")]
    [InlineData("0100000061", "mean 2 elements")]
    [InlineData("FFFFFFFF61", "runs past the end")]
    public async Task TextsThatDoNotFit_AreTheCallersFault(string hex, string says)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.BYTES, -1));
        var block = Convert.FromHexString(hex);

        using var response = await PostAsync(host, Input("BYTES", [2], block.Length), block);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says.Replace("mean 2", "means 2", StringComparison.Ordinal), (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999")]
    [InlineData("99999999999999999999")]
    public async Task AHeaderLengthThatIsNone_IsTheCallersFault(string length)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/m/infer") { Content = new StringContent("{}") };
        request.Headers.TryAddWithoutValidation(HeaderLength, length);

        using var response = await host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(HeaderLength, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Packed_BothWays(string coding)
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.INT64, -1));
        var json = Encoding.UTF8.GetBytes(Input("INT64", [2], 16, "\"parameters\":{\"binary_data_output\":true}"));
        byte[] body = [.. json, .. Longs(3, -4)];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/m/infer") { Content = new ByteArrayContent(Pack(body, coding)) };
        request.Content.Headers.ContentEncoding.Add(coding);
        request.Headers.TryAddWithoutValidation(HeaderLength, json.Length.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", $"br, {coding};q=0.5");

        using var response = await host.Http.SendAsync(request);

        var packed = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal((HttpStatusCode.OK, coding), (response.StatusCode, response.Content.Headers.ContentEncoding.Single()));
        Assert.Equal(Longs(3, -4), Unpack(packed, coding)[int.Parse(response.Headers.GetValues(HeaderLength).Single(), CultureInfo.InvariantCulture)..]);
    }

    [Fact]
    public async Task AnUnpackedBodyOverTheLimit_Is413_AndABrokenOne400()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.INT64, -1), ("Serving:MaxRequestBytes", "100000"));
        using var bomb = new ByteArrayContent(Pack(new byte[10_000_000], "gzip"));
        bomb.Headers.ContentEncoding.Add("gzip");
        using var broken = new ByteArrayContent([1, 2, 3, 4, 5]);
        broken.Headers.ContentEncoding.Add("deflate");

        using var large = await host.Http.PostAsync("/v2/models/m/infer", bomb);
        using var odd = await host.Http.PostAsync("/v2/models/m/infer", broken);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.BadRequest), (large.StatusCode, odd.StatusCode));
    }

    [Fact]
    public async Task Classification_AnswersTheGreatest_PerRow_WithPlaces()
    {
        await using var host = await ServedAsync(OnnxWriter.Identity(OnnxType.FP32, -1, 3));

        using var response = await host.Http.PostAsync("/v2/models/m/infer", new StringContent(
            """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[0.1,0.7,0.2, 3,3,1]}],"outputs":[{"name":"y","parameters":{"classification":2}}]}"""));
        var output = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["outputs"]![0]!;

        Assert.Equal(
            """{"name":"y","shape":[2,2],"datatype":"BYTES","data":["0.700000:1","0.200000:2","3.000000:0","3.000000:1"]}""", output.ToJsonString());
    }

    [Fact]
    public async Task Classification_IsRefusedForTexts_AndHasAtMostAllElements()
    {
        await using var texts = await ServedAsync(OnnxWriter.Identity(OnnxType.BYTES, -1));
        await using var whole = await ServedAsync(OnnxWriter.Identity(OnnxType.INT32, 2));

        using var refused = await texts.Http.PostAsync("/v2/models/m/infer", new StringContent(
            """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["a"]}],"outputs":[{"name":"y","parameters":{"classification":1}}]}"""));
        var (header, block, _) = await AskAsync(
            whole, """{"inputs":[{"name":"x","shape":[2],"datatype":"INT32","data":[-5,4]}],"outputs":[{"name":"y","parameters":{"classification":9,"binary_data":true}}]}""", []);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("[2]", header["outputs"]![0]!["shape"]!.ToJsonString());
        Assert.Equal([.. Framed("4:1"u8.ToArray()), .. Framed("-5:0"u8.ToArray())], block);
    }

    private static async Task<ServingHost> ServedAsync(byte[] model, params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(null, settings);
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }

    private static string Input(string datatype, int[] shape, int bytes, string? more = null) =>
        $$$"""{"inputs":[{"name":"x","shape":[{{{string.Join(',', shape)}}}],"datatype":"{{{datatype}}}","parameters":{"binary_data_size":{{{bytes}}}}}]{{{(more is null ? "" : "," + more)}}}}""";

    /// <summary>Posts JSON with blocks behind it; no JSON means a raw request.</summary>
    private static async Task<HttpResponseMessage> PostAsync(ServingHost host, string json, byte[] blocks)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/m/infer") { Content = new ByteArrayContent([.. header, .. blocks]) };
        request.Headers.Add(HeaderLength, header.Length.ToString(CultureInfo.InvariantCulture));
        return await host.Http.SendAsync(request);
    }

    private static async Task<(JsonNode Header, byte[] Blocks, string? MediaType)> AskAsync(ServingHost host, string json, byte[] blocks)
    {
        using var response = await PostAsync(host, json, blocks);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        var length = response.Headers.TryGetValues(HeaderLength, out var sent) ? int.Parse(sent.Single(), CultureInfo.InvariantCulture) : body.Length;
        return (JsonNode.Parse(body.AsSpan(0, length))!, body[length..], response.Content.Headers.ContentType?.MediaType);
    }

    private static byte[] Framed(byte[] text)
    {
        var framed = new byte[sizeof(uint) + text.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(framed, (uint)text.Length);
        text.CopyTo(framed, sizeof(uint));
        return framed;
    }

    private static byte[] Longs(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Pack(byte[] body, string coding)
    {
        using var packed = new MemoryStream();
        using (Stream stream = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest) : new ZLibStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(body);
        }

        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed, string coding)
    {
        using var unpacked = new MemoryStream();
        using Stream stream = coding == "gzip" ? new GZipStream(new MemoryStream(packed), CompressionMode.Decompress) : new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
        stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
