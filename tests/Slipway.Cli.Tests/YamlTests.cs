using System.Text.Json.Nodes;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;
using Slipway.Kernel.Json;

namespace Slipway.Cli.Tests;

public sealed class YamlTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: 1.50", """{"a":1.50}""")]
    [InlineData("a: 010", """{"a":10}""")]
    [InlineData("a: +3", """{"a":3}""")]
    [InlineData("a: 0x1F", """{"a":31}""")]
    [InlineData("a: .5", """{"a":0.5}""")]
    [InlineData("a: true", """{"a":true}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a:", """{"a":null}""")]
    [InlineData("a: 2000-01-01", """{"a":"2000-01-01"}""")]
    [InlineData("a: 500 rows", """{"a":"500 rows"}""")]
    [InlineData("a: 1e400", """{"a":1e400}""")]
    [InlineData("a: {from: 2000-01-01, list: [x, 2]}", """{"a":{"from":"2000-01-01","list":["x",2]}}""")]
    [InlineData("x: &one {b: 1}\ny: *one", """{"x":{"b":1},"y":{"b":1}}""")]
    [InlineData("""{"json": [1, "2"]}""", """{"json":[1,"2"]}""")]
    public void Document_BecomesTheJsonThatItMeans(string yaml, string json) => Assert.Equal(json, YamlReader.Read(yaml, "f").OrThrow().Single().ToJsonString());

    [Theory]
    [InlineData("a: [1, 2", "f:")]
    [InlineData("a: 1\na: 2", "f:")]
    [InlineData("? [x]\n: 1", "key must be text")]
    public void BrokenYaml_NamesTheFileAndThePlace(string yaml, string part) => Assert.Contains(part, YamlReader.Read(yaml, "f").Problem!.Message);

    [Fact]
    public void AliasesThatUnfoldWithoutEnd_AreRefused()
    {
        var lines = Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");

        Assert.Contains("aliases", YamlReader.Read("a0: &a0 [x]\n" + string.Join('\n', lines), "f").Problem!.Message);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("yes")]
    [InlineData("NULL")]
    [InlineData("12")]
    [InlineData("1e3")]
    [InlineData("0x1f")]
    [InlineData("2000-01-01")]
    [InlineData("- item")]
    [InlineData("key: value")]
    [InlineData("# no comment")]
    [InlineData(" leading")]
    [InlineData("trailing ")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("ends\n\n")]
    [InlineData("  indented\nblock")]
    [InlineData("tab\there\u0001\u2028")]
    [InlineData("\"quoted\" \\ 'both'")]
    [InlineData("größe 日本 😀")]
    [InlineData("*alias")]
    [InlineData("http://127.0.0.1:8080/x?y=1&z")]
    public void EveryText_ReadsBackAsItself(string text)
    {
        var value = new JsonObject { ["top"] = text, ["in"] = new JsonObject { ["list"] = new JsonArray(text, new JsonArray(text), new JsonObject { ["a"] = text, ["b"] = 1 }) }, [text] = null };

        var read = YamlReader.Read(YamlText.Of(value), "f").OrThrow().Single();

        Assert.Equal(value.ToJsonString(), read.ToJsonString());
    }

    [Fact]
    public void EmptyAndNestedValues_ReadBackAsThemselves()
    {
        var value = JsonNode.Parse("""{"o":{},"l":[],"n":null,"t":true,"f":-1.5e-7,"deep":[[1,[2]],{"x":{"y":[{"z":[]}]}}]}""")!;

        Assert.Equal(value.ToJsonString(), YamlReader.Read(YamlText.Of(value), "f").OrThrow().Single().ToJsonString());
    }

    [Fact]
    public void SeveralDocumentsAndLists_BecomeOneManifestEach()
    {
        var manifests = ManifestReader.Parse(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a}
            ---
            # nothing in this one
            ---
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: team}}
            - {apiVersion: v1, kind: Secret, metadata: {name: c}}
            """,
            "f").OrThrow();

        Assert.Equal([("a", null), ("b", "team"), ("c", null)], manifests.Select(m => (m.Name, m.Namespace)));
    }

    [Fact]
    public void FaultsInSeveralDocuments_AreAllReported()
    {
        var problem = ManifestReader.Parse("kind: A\nmetadata: {name: 5}\n---\n[1]\n", "f.yaml").Problem!;

        Assert.Contains("f.yaml (1): apiVersion is missing; metadata.name must be text", problem.Message);
        Assert.Contains("f.yaml (2): is not a resource but a list", problem.Message);
    }
}
