using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Tests.Text;

public sealed class SourceTextTests
{
    [Theory]
    [InlineData("a:\n  b: 1\n  c:\n  - x\n  - y: 2", "a.b", 2)]
    [InlineData("a:\n  b: 1\n  c:\n  - x\n  - y: 2", "a.c", 3)]
    [InlineData("a:\n  b: 1\n  c:\n  - x\n  - y: 2", "a.c[1].y", 5)]
    [InlineData("a:\n  b: 1\n  c:\n  - x\n  - y: 2", "a.missing.deep", 1)]
    [InlineData("a.b:\n  c: 1\n", "a.b.c", 2)]
    [InlineData("foo_bar:\n  baz_qux: 1", "fooBar.bazQux", 2)]
    [InlineData("{\n\"a\": {\n\"b\": [1,\n2]}}", "a.b[1]", 4)]
    [InlineData("x: &k {p: 1}\ny:\n  <<: *k\n", "y.p", 1)]
    public void EveryValue_KnowsItsLine(string text, string path, int line) =>
        Assert.Equal(line, SourceText.Read(text, "f").OrThrow()[0].Lines.Of(path).Line);

    [Theory]
    [InlineData("a: yes", "yes")]
    [InlineData("a: 1_000", "1_000")]
    [InlineData("a: .inf", ".inf")]
    [InlineData("a: '1'", "1")]
    [InlineData("a: !!str 1", "1")]
    public void WhatIsNoNumberInYaml12_IsText(string text, string value) => Assert.Equal(value, (string?)SourceText.Read(text, "f").OrThrow()[0].Value["a"]);

    [Theory]
    [InlineData("a: 1.50", "1.50")]
    [InlineData("a: 010", "10")]
    [InlineData("a: 0x1f", "31")]
    [InlineData("a: 12345678901234567890", "12345678901234567890")]
    [InlineData("a: True", "true")]
    [InlineData("a: ~", null)]
    public void Scalars_FollowTheCoreSchema(string text, string? json) => Assert.Equal(json, SourceText.Read(text, "f").OrThrow()[0].Value["a"]?.ToJsonString());

    [Fact]
    public void JsonEscapes_AndLongKeys_AreRead()
    {
        var key = new string('k', 3000);

        var value = SourceText.Read($$"""{"{{key}}": "\ud83d\ude00 \/ \u00e9"}""", "f").OrThrow()[0].Value;

        Assert.Equal("😀 / é", (string?)value[key]);
    }

    [Fact]
    public void QuotedTextOfSeveralLines_MayStandAsDeepAsItsList()
    {
        // As Python writes it when lists are indented.
        const string Text = "a:\n  b:\n    - \"one\\\n    \\ two\\n\\\n    three\"\n    - 'x\n\n    it''s y'\n  c: |\n    - \"not\n    quoted\n  d: z\n";

        var value = SourceText.Read(Text, "f").OrThrow()[0].Value["a"]!;

        Assert.Equal("""["one two\nthree","x\nit's y"]""", value["b"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
        Assert.Equal("- \"not\nquoted\n", (string?)value["c"]);
        Assert.Equal("z", (string?)value["d"]);
    }

    [Fact]
    public void AliasesThatMultiply_AreRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Contains("aliases that repeat", Refused(bomb.ToString()), StringComparison.Ordinal);
        Assert.Contains("aliases that repeat", Refused($"a: &a {new string('x', 1_000_000)}\nb: [{string.Join(", ", Enumerable.Repeat("*a", 100))}]"), StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNesting_IsRefused_InEitherForm()
    {
        Assert.Contains("nest deeper", Refused(string.Concat(Enumerable.Repeat("- ", 300)) + "x"), StringComparison.Ordinal);
        Assert.Contains("nest deeper", Refused(new string('[', 300) + new string(']', 300)), StringComparison.Ordinal);
        // What is accepted can be wrapped, written and read again by a reader with default settings.
        var deep = SourceText.Read(new string('[', 50) + new string(']', 50), "f").OrThrow()[0].Value;
        Assert.NotNull(JsonNode.Parse(new JsonObject { ["a"] = new JsonObject { ["b"] = deep } }.ToJsonString()));
    }

    [Fact]
    public void BytesThatAreNoText_AreRefused() => Assert.Contains("not UTF-8", SourceText.Read([0xFF, 0xFE, 0x00], "f").Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void Noise_NeverThrows()
    {
        var random = new Random(7);
        string[] pieces = ["a", ":", " ", "\n", "-", "[", "]", "{", "}", "\"", "'", "&x", "*x", "|", ">", "#", "%", "?", "!", "!!str", ",", "\t", "\\", "<<", "0", "---", "...", "\u0000", "\ud83d", "é", "~", "  "];
        for (var i = 0; i < 4_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            SourceText.Read(text, "f");
        }
    }

    private static string Refused(string text) => Assert.IsType<Problem>(SourceText.Read(text, "f").Problem).Message;
}
