using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Runtimes.Onnx;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Tests.Wire;

public sealed class OipParserTests
{
    private static readonly NameTable Names = new(["x", "y"]);

    [Theory]
    [InlineData("""{"outputs":[{"name":"y","shape":[3],"datatype":"FP32","data":[1]}]}""", "outputs[0] 'y': shape [3] means 3 elements, data has 1")]
    [InlineData("""{"outputs":[{"name":"y","shape":[1],"datatype":"FP32"}]}""", "outputs[0].data: missing; an input has name, shape, datatype and data")]
    [InlineData("""{"outputs":7}""", "outputs: must be a list")]
    public void AnAnswerThatIsWrong_IsToldByItsOutputs(string answer, string words) =>
        Assert.Equal(words, OipParser.ParseAnswer(Encoding.UTF8.GetBytes(answer), Names, -1).Problem!.Message);

    [Theory]
    [InlineData(OnnxType.BOOL, "[true,false]")]
    [InlineData(OnnxType.UINT8, "[0,255]")]
    [InlineData(OnnxType.UINT16, "[0,65535]")]
    [InlineData(OnnxType.UINT32, "[0,4294967295]")]
    [InlineData(OnnxType.UINT64, "[9007199254740993,18446744073709551615]")]
    [InlineData(OnnxType.INT8, "[-128,127]")]
    [InlineData(OnnxType.INT16, "[-32768,32767]")]
    [InlineData(OnnxType.INT32, "[-2147483648,2147483647]")]
    [InlineData(OnnxType.INT64, "[-9223372036854775808,9007199254740993,9223372036854775807]")]
    [InlineData(OnnxType.FP16, "[65504,-0.5,-0.0]")]
    [InlineData(OnnxType.FP32, "[3.4028235E+38,-1E-45,0.1,null,-0.0,0]")]
    [InlineData(OnnxType.FP64, "[1.7976931348623157E+308,5E-324,0.1,null,-0.0,0]")]
    [InlineData(OnnxType.BYTES, "[\"\",\"Zürich 🏠\",\"a\\u0000b\\\"\\\\\"]")]
    public void EveryDatatype_GoesThroughAModelUnchanged(OnnxType type, string data)
    {
        var count = JsonNode.Parse(data)!.AsArray().Count;
        using var model = new OnnxServedModel(OnnxModel.Load(OnnxWriter.Identity(type, -1)).OrThrow());
        using var request = Parse($$"""{"id":"i","inputs":[{"name":"x","shape":[{{count}}],"datatype":"{{type.WireName()}}","data":{{data}}}]}""").OrThrow();

        using var outputs = model.Run(request.ToOnnx(), [], CancellationToken.None).OrThrow();
        using var buffer = new PooledBytes();
        InferenceWriter.Write(buffer, new AnswerHead("m", "1", request.Id, null, false, []), outputs);

        var written = JsonNode.Parse(buffer.Written.Span)!["outputs"]![0]!;
        Assert.Equal(type.WireName(), (string)written["datatype"]!);
        Assert.Equal(JsonNode.Parse(data)!.AsArray().Select(Text), written["data"]!.AsArray().Select(Text));

        static string? Text(JsonNode? node) => node is null ? null : node.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)node! : node.ToJsonString();
    }

    [Theory]
    [InlineData("BOOL", "1")]
    [InlineData("UINT8", "256")]
    [InlineData("UINT8", "-1")]
    [InlineData("UINT16", "65536")]
    [InlineData("UINT32", "4294967296")]
    [InlineData("UINT64", "18446744073709551616")]
    [InlineData("UINT64", "-1")]
    [InlineData("INT8", "128")]
    [InlineData("INT16", "-32769")]
    [InlineData("INT32", "2147483648")]
    [InlineData("INT64", "9223372036854775808")]
    [InlineData("INT64", "1.5")]
    [InlineData("INT64", "null")]
    [InlineData("FP16", "65536")]
    [InlineData("BF16", "3.4028235E+38")]
    [InlineData("FP32", "3.5E+38")]
    [InlineData("FP64", "1E+309")]
    [InlineData("FP32", "\"1\"")]
    [InlineData("FP32", "{}")]
    [InlineData("BYTES", "5")]
    public void AValueThatDoesNotFit_IsRefusedWithItsPlace(string datatype, string value)
    {
        var problem = Parse($$"""{"inputs":[{"name":"x","shape":[1],"datatype":"{{datatype}}","data":[{{value}}]}]}""").Problem;

        Assert.Equal(ProblemCode.Invalid, problem!.Code);
        Assert.Contains("inputs[0].data[0]", problem.Message, StringComparison.Ordinal);
        Assert.Contains(datatype, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,2,3,4,5,6]")]
    [InlineData("[[1,2,3],[4,5,6]]")]
    [InlineData("[[[1],[2,3]],4,[5,6]]")]
    public void Data_MayBeFlatOrNested_AndMembersMayStandInAnyOrder(string data)
    {
        foreach (var body in new[]
        {
            $$"""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":{{data}}}]}""",
            $$"""{"inputs":[{"data":{{data}},"datatype":"FP32","unknown":{"a":[1]},"shape":[2,3],"name":"x"}],"later":true}""",
        })
        {
            using var request = Parse(body).OrThrow();
            var input = Assert.Single(request.Inputs);
            Assert.Equal([1f, 2, 3, 4, 5, 6], input.Numbers!.As<float>()[..input.Elements].ToArray());
            Assert.Equal(2, request.Rows);
        }
    }

    [Fact]
    public void IdParametersAndOutputs_AreRead()
    {
        using var request = Parse(
            """
            {"parameters":{"event_time":"2003-02-01T10:00:00+02:00","free":1,"flag":false},"id":"a-1",
             "inputs":[{"name":"y","parameters":{"content_type":"np"},"shape":[0],"datatype":"INT64","data":[]}],"outputs":[{"name":"y"},{"name":"z"}]}
            """).OrThrow();

        Assert.Equal(("a-1", new DateTimeOffset(2003, 2, 1, 8, 0, 0, TimeSpan.Zero)), (request.Id!, request.EventTime!.Value));
        Assert.Equal([new WantedOutput("y"), new WantedOutput("z")], request.Outputs!);
        Assert.Equal(0, request.Inputs[0].Elements);
    }

    [Theory]
    [InlineData("""{"inputs":[]} x""", "JSON")]
    [InlineData("""{"inputs":{}}""", "inputs: must be a list")]
    [InlineData("""{"inputs":[],"inputs":[]}""", "inputs: given twice")]
    [InlineData("""{"inputs":[5]}""", "inputs[0]: must be an object")]
    [InlineData("""{"inputs":[{"shape":[1],"datatype":"FP32","data":[1]}]}""", "inputs[0].name: missing")]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","data":[1]}]}""", "inputs[0].shape: missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"data":[1]}]}""", "inputs[0].datatype: missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32"}]}""", "inputs[0].data: missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1],"data":[1]}]}""", "inputs[0].data: given twice")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"fp32","data":[1]}]}""", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1]}]}""", "means 2 elements, data has 1")]
    [InlineData("""{"inputs":[{"name":"x","shape":[9223372036854775807,9223372036854775807],"datatype":"FP32","data":[1]}]}""", "too many")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2147483647],"datatype":"FP64","data":[1]}]}""", "means 2147483647 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[-1],"datatype":"FP32","data":[1]}]}""", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1.5],"datatype":"FP32","data":[1]}]}""", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}""", "only 0 bytes left")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":-4}}]}""", "binary_data_size")]
    [InlineData("""{"inputs":[{"name":"x","shape":[0],"datatype":"FP32","data":[],"parameters":{"binary_data_size":0}}]}""", "both data and a binary block")]
    [InlineData("""{"parameters":{"binary_data_output":"yes"},"inputs":[]}""", "binary_data_output")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"y","parameters":{"classification":0}}]}""", "classification")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"y","parameters":{"shared_memory_region":"r"}}]}""", "shared memory")]
    [InlineData("""{"parameters":{"a":[1]},"inputs":[]}""", "parameters: a value must be")]
    [InlineData("""{"parameters":{"event_time":"yesterday"},"inputs":[]}""", "event_time")]
    [InlineData("""{"id":5,"inputs":[]}""", "id: must be a string")]
    [InlineData("""{"id":"\ud800","inputs":[]}""", "Unicode")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["\udc00"]}]}""", "Unicode")]
    [InlineData("""{"inputs":[],"outputs":[{}]}""", "outputs[0].name: missing")]
    public void AMalformedRequest_IsRefusedWithItsPlace(string body, string says)
    {
        var problem = Parse(body).Problem;

        Assert.Equal(ProblemCode.Invalid, problem!.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingAndEveryTruncation_AreRefused_NotThrown()
    {
        Assert.False(Parse($$"""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":{{new string('[', 5000)}}1{{new string(']', 5000)}}}]}""").Succeeded);
        var whole = Encoding.UTF8.GetBytes(
            """{"id":"ä","inputs":[{"name":"x","shape":[2,1],"datatype":"BYTES","data":["ö","\u00fc"]},{"data":[1,2],"name":"y","datatype":"INT8","shape":[2]}],"outputs":[{"name":"y"}]}""");
        OipParser.Parse(whole, Names).OrThrow().Dispose();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(ProblemCode.Invalid, OipParser.Parse(whole.AsSpan(0, length), Names).Problem!.Code);
        }
    }

    [Fact]
    public void RandomChangesToARequest_NeverThrow()
    {
        var whole = Encoding.UTF8.GetBytes(
            """{"id":"a","parameters":{"event_time":"2003-01-01"},"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1.5,-2e3],[null,4]]},{"name":"y","shape":[2],"datatype":"INT64","data":[1,2]},{"name":"z","datatype":"BYTES","shape":[1],"data":["q"]}],"outputs":[{"name":"y","parameters":{}}]}""");
        byte[] likely = [.. "{}[]\",:0123456789.-+eE\\u truefalsn"u8, 0, 0xFF, 0xC3, 0x80];
        var random = new Random(20030101);
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < 30_000; round++)
        {
            var changed = whole.ToList();
            for (var edit = random.Next(1, 5); edit > 0; edit--)
            {
                var at = random.Next(changed.Count);
                switch (random.Next(4))
                {
                    case 0:
                        changed[at] = likely[random.Next(likely.Length)];
                        break;
                    case 1:
                        changed.Insert(at, likely[random.Next(likely.Length)]);
                        break;
                    case 2:
                        changed.RemoveAt(at);
                        break;
                    default:
                        var length = Math.Min(random.Next(1, 40), changed.Count - at);
                        changed.InsertRange(random.Next(changed.Count), changed.GetRange(at, length));
                        break;
                }
            }

            var parsed = OipParser.Parse([.. changed], Names);
            if (parsed.TryGet(out var request, out var problem))
            {
                request.Dispose();
                accepted++;
            }
            else
            {
                Assert.Equal(ProblemCode.Invalid, problem.Code);
                refused++;
            }
        }

        Assert.True(accepted > 100 && refused > 10_000, $"{accepted} accepted, {refused} refused");
    }

    private static Result<InferenceRequest> Parse(string body) => OipParser.Parse(Encoding.UTF8.GetBytes(body), Names);
}
