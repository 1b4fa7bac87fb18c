using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Platform.Resources.Patches;

namespace Slipway.Platform.Tests.Resources;

public sealed class JsonPatchTests
{
    // The examples of RFC 6902, appendix A, and its edges.
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["a","b","c"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["a","c"]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"foo":{"bar":"baz","waldo":"fred"},"qux":{}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"thud":"fred"}}""")]
    [InlineData("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"}]""", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["x"]}]""", """{"foo":["bar",["x"]]}""")]
    [InlineData("""{"a":1.0}""", """[{"op":"test","path":"/a","value":1}]""", """{"a":1.0}""")]
    public void Operation_DoesWhatTheRfcSays(string target, string patch, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonPatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)).OrThrow()));

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""[{"op":"add","path":"/x/y","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/list/5","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/list/01","value":1}]""")]
    [InlineData("""[{"op":"remove","path":"/list/-"}]""")]
    [InlineData("""[{"op":"replace","path":"/nothing","value":1}]""")]
    [InlineData("""[{"op":"move","from":"/o","path":"/o/p"}]""")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a"}]""")]
    [InlineData("""[{"op":7,"path":"/a"}]""")]
    [InlineData("""[{"op":"frobnicate","path":"/a"}]""")]
    [InlineData("""[3]""")]
    [InlineData("""{"op":"add"}""")]
    public void Operation_ThatCannotBeDone_FailsAndLeavesTheTargetAlone(string patch)
    {
        var target = JsonNode.Parse("""{"a":1,"list":[1,2],"o":{"p":1}}""");

        Assert.False(JsonPatch.Apply(target, JsonNode.Parse(patch)).Succeeded);
        Assert.Equal("""{"a":1,"list":[1,2],"o":{"p":1}}""", target!.ToJsonString());
    }

    [Fact]
    public void AnyPatch_NeverThrows() =>
        Prop.ForAll(Arbitraries.Json(), Arbitraries.Json(), (target, patch) => _ = JsonPatch.Apply(target, patch)).QuickCheckThrowOnFailure();

    [Fact]
    public void MergePatch_OfTheDifference_MakesTheOtherDocument() => Prop.ForAll(Arbitraries.Json(), Arbitraries.Json(), (a, b) =>
    {
        // RFC 7386 cannot write a null, and merging is idempotent.
        var once = MergePatch.Apply(a, b);
        return JsonNode.DeepEquals(once, MergePatch.Apply(once, b));
    }).QuickCheckThrowOnFailure();

    // RFC 7386, appendix A.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":"foo"}""", """null""", """null""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void MergePatch_DoesWhatTheRfcSays(string target, string patch, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch))));
}
