using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class LoopTests
{
    private static readonly Artifact One = new("1", ArtifactType.Of("system.Artifact"), "a://1");
    private static readonly Artifact Two = new("2", ArtifactType.Of("system.Artifact"), "a://2");

    [Theory]
    [InlineData("[1.0, \"two\", {\"a\": 3.0}, null]", "[1,\"two\",{\"a\":3},null]")]
    [InlineData("[]", "[]")]
    public void RawItems_AreJson(string raw, string items) =>
        Assert.Equal(items, Items(LoopItems.Of(new TaskSpec("c") { ParameterIterator = new ParameterIterator(raw, null, "i") }, TaskValues.Empty).OrThrow()));

    [Theory]
    [InlineData("[1, 2]", "[1,2]")]
    [InlineData("\"[3.0]\"", "[3]")]
    public void InputItems_AreAList_OrTextThatIsOne(string value, string items) =>
        Assert.Equal(items, Items(LoopItems.Of(OverInput, Values(JsonNode.Parse(value))).OrThrow()));

    [Theory]
    [InlineData("null", "has no value")]
    [InlineData("{}", "must be a list, not {}")]
    [InlineData("5", "must be a list, not 5")]
    [InlineData("\"x\"", "must be a JSON list")]
    public void WhatIsNoList_IsAProblem(string value, string words) => Assert.Contains(words, LoopItems.Of(OverInput, Values(JsonNode.Parse(value))).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void Iterations_GetTheInputsAndTheItem()
    {
        var component = new ComponentSpec { Inputs = new ComponentInputs { Parameters = new Dictionary<string, InputParameter> { ["i"] = new(ParameterType.String) } } };

        var values = LoopItems.InputsOf(OverInput, component, Values(JsonNode.Parse("[5]")), new LoopItem(5, null)).OrThrow();

        Assert.Equal("5", (string?)values.Parameters["i"]);
        // An inner loop may go through the same list.
        Assert.Equal("[5]", values.Parameters["list"]!.ToJsonString());
    }

    [Fact]
    public void ItemsOfAnotherType_AreProblems()
    {
        var component = new ComponentSpec { Inputs = new ComponentInputs { Parameters = new Dictionary<string, InputParameter> { ["i"] = new(ParameterType.Struct) } } };

        Assert.Contains("inputs.i: must be a map", LoopItems.InputsOf(OverInput, component, TaskValues.Empty, new LoopItem(5, null)).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ArtifactLoops_GiveOneArtifactEach()
    {
        var task = new TaskSpec("c") { ArtifactIterator = new ArtifactIterator("all", "item") };
        var inputs = new TaskValues(TaskValues.Empty.Parameters, new Dictionary<string, IReadOnlyList<Artifact>> { ["all"] = [One, Two] });

        var items = LoopItems.Of(task, inputs).OrThrow();

        Assert.Equal([One, Two], items.Select(i => i.Artifact));
        Assert.Equal([Two], LoopItems.InputsOf(task, new ComponentSpec(), inputs, items[1]).OrThrow().Artifacts["item"]);
        Assert.False(LoopItems.Of(task, TaskValues.Empty).Succeeded);
    }

    [Fact]
    public void Outputs_AreCollectedInOrder()
    {
        var component = new ComponentSpec
        {
            Outputs = new ComponentOutputs
            {
                Parameters = new Dictionary<string, OutputParameter> { ["p"] = new(ParameterType.List) },
                Artifacts = new Dictionary<string, OutputArtifact> { ["a"] = new(ArtifactType.Of("system.Artifact")) },
            },
        };

        var outputs = Outputs.OfLoop(component, [Outcome(1, One), null, Outcome(JsonNode.Parse("[2]"), One, Two), Outcome(null)]);

        Assert.Equal("[1,[2],null]", outputs.Parameters["p"]!.ToJsonString());
        Assert.Equal([One, One, Two], outputs.Artifacts["a"]);
        Assert.Equal("[]", Outputs.OfLoop(component, []).Parameters["p"]!.ToJsonString());
        Assert.Empty(Outputs.OfLoop(component, []).Artifacts["a"]);
    }

    [Fact]
    public void OneOf_TakesTheFirstThatRan()
    {
        var dag = new DagSpec
        {
            ParameterOutputs = new Dictionary<string, ParameterOutputSource> { ["p"] = new([new("x", "p"), new("y", "p"), new("z", "p")], true), ["none"] = new([new("x", "p")], false) },
            ArtifactOutputs = new Dictionary<string, ArtifactOutputSource> { ["a"] = new([new("x", "a"), new("z", "a")]) },
        };

        var outputs = Outputs.OfGraph(dag, task => task switch { "y" => Outcome(2), "z" => Outcome(3, Two), _ => null });

        Assert.Equal("2", outputs.Parameters["p"]!.ToJsonString());
        Assert.Equal([Two], outputs.Artifacts["a"]);
        Assert.False(outputs.Parameters.ContainsKey("none"));
    }

    private static TaskSpec OverInput { get; } = new("c") { ParameterIterator = new ParameterIterator(null, "list", "i") };

    private static TaskValues Values(JsonNode? list) => TaskValues.Of(new Dictionary<string, JsonNode?> { ["list"] = list });

    private static TaskValues Outcome(JsonNode? parameter, params Artifact[] artifacts) =>
        new(new Dictionary<string, JsonNode?> { ["p"] = parameter }, artifacts.Length == 0 ? TaskValues.Empty.Artifacts : new Dictionary<string, IReadOnlyList<Artifact>> { ["a"] = artifacts });

    private static string Items(IReadOnlyList<LoopItem> items) => new JsonArray([.. items.Select(i => i.Value?.DeepClone())]).ToJsonString();
}
