using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Tests.Domain;

public class PipelineDefinitionTests
{
    [Fact]
    public void StepsInAnyOrder_ComeOutAfterWhatTheyNeed()
    {
        var definition = Parse("""
            {"steps": [
              {"name": "d", "uses": "x", "needs": ["b", "c"]}, {"name": "c", "uses": "x", "needs": ["a"]},
              {"name": "b", "uses": "x", "needs": ["a"]}, {"name": "a", "uses": "x"}]}
            """).OrThrow();

        Assert.Equal(["a", "c", "b", "d"], definition.Steps.Select(s => s.Name));
    }

    [Fact]
    public void ManyThingsWrong_AreAllToldAtOnceWithTheirPlaces()
    {
        var problem = Parse("""
            {"parameters": [{"name": "p"}, {"name": "p"}, {"description": "nameless"}],
             "steps": [
              {"name": "Bad Name", "uses": "x"},
              {"name": "a", "uses": "", "needs": ["ghost"]},
              {"name": "a", "uses": "x", "with": {"deep": [{"v": "${{ params.missing }}"}]}},
              {"name": "b", "uses": "x", "if": "${{ steps.a.outputs.o }}", "with": {"v": "${{ whatever }}", "w": "${{ params.p"}}]}
            """).Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        string[] expected =
        [
            "spec.parameters[1].name: 'p' stands twice",
            "spec.parameters[2].name: is required",
            "spec.steps[0].name: 'Bad Name' must be",
            "spec.steps[1].uses: is required",
            "spec.steps[2].name: 'a' stands twice",
            "spec.steps[1].needs: there is no step 'ghost'",
            "spec.steps[2].with: there is no parameter 'missing'",
            "spec.steps[3].with: cannot read 'whatever'",
            "spec.steps[3].with: cannot read '${{ params.p'",
            "spec.steps[3].if: uses an output of step 'a', which must then stand in needs",
        ];
        Assert.Equal(expected.Length, problem.Faults.Count);
        Assert.All(problem.Faults.Zip(expected), f => Assert.StartsWith(f.Second, $"{f.First.Path}: {f.First.Message}", StringComparison.Ordinal));
    }

    [Fact]
    public void StepsInACircle_AreNamedWithoutThoseThatOnlyWaitForIt()
    {
        var problem = Parse("""
            {"steps": [
              {"name": "start", "uses": "x"}, {"name": "a", "uses": "x", "needs": ["start", "b"]}, {"name": "b", "uses": "x", "needs": ["a"]},
              {"name": "after", "uses": "x", "needs": ["b"]}, {"name": "last", "uses": "x", "needs": ["after"]}]}
            """).Problem!;

        Assert.EndsWith("in a circle: a, b", Assert.Single(problem.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StepThatNeedsItself_IsACircle() =>
        Assert.EndsWith("in a circle: a", Parse("""{"steps": [{"name": "a", "uses": "x", "needs": ["a"]}]}""").Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void NoSteps_IsRefused() => Assert.Equal("spec.steps", Assert.Single(Parse("""{"steps": []}""").Problem!.Faults).Path);

    [Fact]
    public void GivenParameters_WinOverDefaultsAndNullIsAValue()
    {
        var definition = Parse("""
            {"parameters": [{"name": "a", "default": 1}, {"name": "b", "default": null}, {"name": "c"}], "steps": [{"name": "s", "uses": "x"}]}
            """).OrThrow();

        Assert.Equal("""{"a":1,"b":null,"c":{"k":[2]}}""", definition.Bind(Json("""{"c": {"k": [2]}}""")).OrThrow().ToJsonString());
        Assert.Equal("""{"a":null,"b":"x","c":3}""", definition.Bind(Json("""{"a": null, "b": "x", "c": 3}""")).OrThrow().ToJsonString());
    }

    [Fact]
    public void UnknownAndMissingParameters_AreBothTold()
    {
        var definition = Parse("""{"parameters": [{"name": "a"}], "steps": [{"name": "s", "uses": "x"}]}""").OrThrow();

        var faults = definition.Bind(Json("""{"b": 1}""")).Problem!.Faults;

        Assert.Equal(["parameters.b", "parameters.a"], faults.Select(f => f.Path));
        Assert.Contains("it has: a", faults[0].Message, StringComparison.Ordinal);
    }

    private static Result<PipelineDefinition> Parse(string spec) => PipelineDefinition.Parse(Json(spec));

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
