using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Values;

public sealed class ParameterValuesTests
{
    [Theory]
    [InlineData(ParameterType.String, "\"a\"", "\"a\"")]
    [InlineData(ParameterType.NumberInteger, "3.0", "3")]
    [InlineData(ParameterType.NumberInteger, "3e2", "300")]
    [InlineData(ParameterType.NumberInteger, "-9223372036854775808", "-9223372036854775808")]
    [InlineData(ParameterType.NumberDouble, "3", "3")]
    [InlineData(ParameterType.NumberDouble, "0.1", "0.1")]
    [InlineData(ParameterType.Boolean, "true", "true")]
    [InlineData(ParameterType.List, "[1.0, [2.0], \"x\", null, 0.5]", "[1,[2],\"x\",null,0.5]")]
    [InlineData(ParameterType.Struct, "{\"a\": 1.0, \"b\": {\"c\": 2.0}}", "{\"a\":1,\"b\":{\"c\":2}}")]
    [InlineData(ParameterType.TaskFinalStatus, "{\"state\": \"SUCCEEDED\"}", "{\"state\":\"SUCCEEDED\"}")]
    [InlineData(ParameterType.TaskConfig, "{}", "{}")]
    [InlineData(ParameterType.Unspecified, "[1.0]", "[1]")]
    public void ValuesOfTheType_AreTakenInItsForm(ParameterType type, string json, string expected) =>
        Assert.Equal(expected, ParameterValues.Retype(type, JsonNode.Parse(json)).OrThrow()!.ToJsonString());

    [Theory]
    [InlineData(ParameterType.String, "1")]
    [InlineData(ParameterType.NumberInteger, "3.5")]
    [InlineData(ParameterType.NumberInteger, "\"3\"")]
    [InlineData(ParameterType.NumberInteger, "1e30")]
    [InlineData(ParameterType.NumberInteger, "true")]
    [InlineData(ParameterType.NumberDouble, "\"1.5\"")]
    [InlineData(ParameterType.NumberDouble, "1e999")]
    [InlineData(ParameterType.Boolean, "\"true\"")]
    [InlineData(ParameterType.Boolean, "1")]
    [InlineData(ParameterType.List, "{}")]
    [InlineData(ParameterType.List, "\"[]\"")]
    [InlineData(ParameterType.Struct, "[]")]
    [InlineData(ParameterType.String, "null")]
    public void OtherValues_AreRefused(ParameterType type, string json) =>
        Assert.Contains("must be", ParameterValues.Retype(type, JsonNode.Parse(json)).Problem!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"a b\"", "a b")]
    [InlineData("42.0", "42")]
    [InlineData("0.1", "0.1")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e-7", "0.0000001")]
    [InlineData("-1.5e-8", "-0.000000015")]
    [InlineData("1.5e30", "1500000000000000000000000000000")]
    [InlineData("true", "true")]
    [InlineData("[1.0, \"é<\", {\"a\": null}]", "[1,\"é<\",{\"a\":null}]")]
    [InlineData("null", "")]
    public void TextForm_IsAsTheTableSays(string json, string text) => Assert.Equal(text, ParameterValues.ToText(JsonNode.Parse(json)));

    [Theory]
    [InlineData(ParameterType.String, " as is\n", "\" as is\\n\"")]
    [InlineData(ParameterType.NumberInteger, " 42\n", "42")]
    [InlineData(ParameterType.NumberDouble, "\t0.5 ", "0.5")]
    [InlineData(ParameterType.NumberDouble, "3", "3")]
    [InlineData(ParameterType.Boolean, "1", "true")]
    [InlineData(ParameterType.Boolean, "t", "true")]
    [InlineData(ParameterType.Boolean, "T", "true")]
    [InlineData(ParameterType.Boolean, "TRUE", "true")]
    [InlineData(ParameterType.Boolean, "true", "true")]
    [InlineData(ParameterType.Boolean, "True", "true")]
    [InlineData(ParameterType.Boolean, "0", "false")]
    [InlineData(ParameterType.Boolean, "f", "false")]
    [InlineData(ParameterType.Boolean, "F", "false")]
    [InlineData(ParameterType.Boolean, "FALSE", "false")]
    [InlineData(ParameterType.Boolean, "false", "false")]
    [InlineData(ParameterType.Boolean, "False\n", "false")]
    [InlineData(ParameterType.List, "[1.0, 2]", "[1,2]")]
    [InlineData(ParameterType.Struct, "{\"a\": 1.0}", "{\"a\":1}")]
    public void TextOfAnOutputFile_IsReadByType(ParameterType type, string text, string json) => Assert.Equal(json, ParameterValues.FromText(type, text).OrThrow()!.ToJsonString());

    [Theory]
    [InlineData(ParameterType.NumberInteger, "3.0")]
    [InlineData(ParameterType.NumberInteger, "")]
    [InlineData(ParameterType.NumberDouble, "NaN")]
    [InlineData(ParameterType.Boolean, "yes")]
    [InlineData(ParameterType.Boolean, "tRue")]
    [InlineData(ParameterType.List, "{}")]
    [InlineData(ParameterType.List, "[1,")]
    [InlineData(ParameterType.Struct, "{\"a\": 1, \"a\": 2}")]
    [InlineData(ParameterType.Struct, "{\"a\": \"\\ud800\"}")]
    public void TextThatIsNotOfTheType_IsRefused(ParameterType type, string text) =>
        Assert.StartsWith($"must be {ParameterValues.Name(type)}", ParameterValues.FromText(type, text).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void OnlyTextIsConverted_BetweenTasks()
    {
        Assert.Equal("3", (string?)ParameterValues.Convert(ParameterType.String, JsonNode.Parse("3.0")).OrThrow());
        Assert.Equal("[1]", (string?)ParameterValues.Convert(ParameterType.String, JsonNode.Parse("[1.0]")).OrThrow());
        Assert.False(ParameterValues.Convert(ParameterType.NumberInteger, "3").Succeeded);
    }

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("[1.0]", "[1]", true)]
    [InlineData("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("null", "0", false)]
    public void Equality_IsByValue(string left, string right, bool same) => Assert.Equal(same, ParameterValues.AreEqual(JsonNode.Parse(left), JsonNode.Parse(right)));

    [Fact]
    public void NumbersAsText_ReadBackTheSame()
    {
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var number = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(number))
            {
                Assert.Equal(number, double.Parse(Numbers.Text(number), System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }
}
