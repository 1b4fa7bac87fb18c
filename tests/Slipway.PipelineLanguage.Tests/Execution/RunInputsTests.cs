using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class RunInputsTests
{
    private static readonly PipelineSpec Pipeline = new()
    {
        Info = new PipelineInfo("p"),
        Root = new ComponentSpec
        {
            Dag = new DagSpec(),
            Inputs = new ComponentInputs
            {
                Parameters = new OrderedDictionary<string, InputParameter>
                {
                    ["need"] = new(ParameterType.NumberInteger),
                    ["with"] = new(ParameterType.NumberInteger) { HasDefault = true, Default = 3.0, IsOptional = true },
                    ["maybe"] = new(ParameterType.String) { IsOptional = true },
                    ["choice"] = new(ParameterType.String) { HasDefault = true, Default = "a", Literals = ["a", "b"] },
                },
            },
        },
    };

    [Theory]
    [InlineData("""{"need": 1}""", """{"need":1,"with":3,"maybe":null,"choice":"a"}""")]
    [InlineData("""{"need": 1.0, "with": 5, "maybe": "x", "choice": "b"}""", """{"need":1,"with":5,"maybe":"x","choice":"b"}""")]
    [InlineData("""{"need": 1, "maybe": null, "with": null}""", """{"need":1,"with":null,"maybe":null,"choice":"a"}""")]
    public void GivenValues_ThenDefaults_ThenNull(string given, string bound) =>
        Assert.Equal(bound, new JsonObject(RunInputs.Bind(Pipeline, (JsonObject)JsonNode.Parse(given)!).OrThrow().Parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString());

    [Fact]
    public void EveryFault_IsToldAtOnce()
    {
        var problem = RunInputs.Bind(Pipeline, (JsonObject)JsonNode.Parse("""{"with": "5", "choice": "c", "extra": 1}""")!).Problem!;

        Assert.Equal(["parameters.need", "parameters.with", "parameters.choice", "parameters.extra"], problem.Faults.Select(f => f.Path));
        Assert.Contains("is required", problem.Faults[0].Message, StringComparison.Ordinal);
        Assert.Contains("must be a whole number, not \"5\"", problem.Faults[1].Message, StringComparison.Ordinal);
        Assert.Contains("must be one of \"a\", \"b\", not \"c\"", problem.Faults[2].Message, StringComparison.Ordinal);
        Assert.Contains("it has: need, with, maybe, choice", problem.Faults[3].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NullForWhatIsRequired_IsRefused() => Assert.False(RunInputs.Bind(Pipeline, (JsonObject)JsonNode.Parse("""{"need": null}""")!).Succeeded);

    [Fact]
    public void ArtifactsFromOutside_CannotBeGiven()
    {
        var needsArtifact = Pipeline with { Root = new ComponentSpec { Dag = new DagSpec(), Inputs = new ComponentInputs { Artifacts = new Dictionary<string, InputArtifact> { ["a"] = new(ArtifactType.Of("system.Model")) } } } };

        Assert.Contains("import it", RunInputs.Bind(needsArtifact, []).Problem!.Message, StringComparison.Ordinal);
    }
}
