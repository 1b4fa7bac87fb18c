using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Conformance;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Patches;
using Slipway.Platform.Resources.Rules;
using Slipway.Platform.Resources.Schemas;
using Slipway.Platform.Resources.Selection;

namespace Slipway.Platform.Tests.Resources;

public sealed class SchemaTests
{
    [Theory]
    [InlineData("""{"type":"integer","minimum":1}""", "0", "must be at least 1, not 0")]
    [InlineData("""{"type":"integer"}""", "1.5", "must be of type integer, not number (1.5)")]
    [InlineData("""{"type":"number","maximum":1,"exclusiveMaximum":true}""", "1", "must be less than 1, not 1")]
    [InlineData("""{"type":"string","pattern":"^a+$"}""", "\"b\"", "must match ^a+$, 'b' does not")]
    [InlineData("""{"type":"string","maxLength":1}""", "\"bb\"", "must have at most 1 characters, not 2")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"yesterday\"", "must be a time as 2024-05-03T10:00:00Z, not 'yesterday'")]
    [InlineData("""{"type":"string","enum":["a","b"]}""", "\"c\"", "Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("""{"type":"boolean"}""", "null", "must not be null, it is of type boolean")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "true", "must be of type integer or string, not boolean (true)")]
    [InlineData("""{"type":"array","items":{"type":"string"},"maxItems":1}""", "[\"a\",\"b\"]", "has 2 items, allowed are 0 to 1")]
    [InlineData("""{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"}""", "[\"a\",\"a\"]", "Duplicate value: \"a\"")]
    public void Value_ThatBreaksARule_IsNamed(string schema, string value, string message)
    {
        var faults = SchemaCheck.Run(JsonNode.Parse(value), StructuralSchema.Parse((JsonObject)JsonNode.Parse(schema)!));

        Assert.Equal(message, Assert.Single(faults).Message);
    }

    [Theory]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":"string","nullable":true}""", "null")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "\"50%\"")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"a":1}""")]
    public void Value_WithinTheRules_HasNoFault(string schema, string value) =>
        Assert.Empty(SchemaCheck.Run(JsonNode.Parse(value), StructuralSchema.Parse((JsonObject)JsonNode.Parse(schema)!)));

    [Fact]
    public void AllFaults_ComeAtOnce_WithTheirPaths()
    {
        var faults = SchemaCheck.Run(
            JsonNode.Parse("""{"apiVersion":"x","kind":"y","metadata":{"labels":{"a.b/c":1}},"spec":{"size":"x","parts":[{"name":"a"},{"weight":"1"}]}}"""),
            TestResources.Widget.SchemaOf());

        Assert.Equal(["metadata.labels[a.b/c]", "spec.parts[1].name", "spec.parts[1].weight", "spec.size"], faults.Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AnyObject_IsPrunedDefaultedAndChecked_WithoutThrowing() => Prop.ForAll(Arbitraries.Object(), obj =>
    {
        var schema = TestResources.Widget.SchemaOf();
        UnknownFields.Prune(obj, schema);
        Defaulting.Apply(obj, schema);
        _ = SchemaCheck.Run(obj, schema);
        Assert.Empty(UnknownFields.Prune(obj, schema));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StrategicPatch_OfAnything_NeverThrows() => Prop.ForAll(Arbitraries.Object(), Arbitraries.WidgetSpec(), (patch, spec) =>
    {
        _ = StrategicPatch.Apply(spec, patch, TestResources.Widget.SchemaOf().Member("spec"));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StrategicPatch_Directives_AreFollowed()
    {
        var schema = TestResources.Widget.SchemaOf().Member("spec");
        var target = (JsonObject)JsonNode.Parse("""{"parts":[{"name":"a","weight":1},{"name":"b"}],"tags":["x","y"],"note":"n"}""")!;
        var patch = (JsonObject)JsonNode.Parse(
            """{"$setElementOrder/parts":[{"name":"c"},{"name":"a"}],"parts":[{"name":"c"},{"name":"b","$patch":"delete"}],"$deleteFromPrimitiveList/tags":["x"],"note":null}""")!;

        Assert.Equal(
            """{"parts":[{"name":"c"},{"name":"a","weight":1}],"tags":["y"]}""",
            CanonicalText(StrategicPatch.Apply(target, patch, schema)));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a-b.c1", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("-a", false)]
    [InlineData("a..b", false)]
    [InlineData("../a", false)]
    [InlineData("a/b", false)]
    [InlineData("a%2fb", false)]
    public void Name_IsADnsSubdomain(string name, bool valid) => Assert.Equal(valid, Names.IsSubdomain(name));

    [Fact]
    public void Name_OfMoreThan253Characters_IsRefused() => Assert.False(Names.IsSubdomain(new string('a', 254)));

    [Theory]
    [InlineData("spec.size=3", true)]
    [InlineData("spec.size!=3", false)]
    [InlineData("metadata.name==a,spec.size=3", true)]
    [InlineData("status.phase=", true)]
    [InlineData("status.phase!=Failed", true)]
    public void FieldSelector_SelectsByAnyPath(string text, bool selected) =>
        Assert.Equal(selected, FieldSelector.Parse(text).OrThrow().Matches((JsonObject)JsonNode.Parse("""{"metadata":{"name":"a"},"spec":{"size":3}}""")!));

    private static string CanonicalText(JsonNode node) => System.Text.Encoding.UTF8.GetString(Slipway.Kernel.Json.CanonicalJson.ToBytes(node));
}
