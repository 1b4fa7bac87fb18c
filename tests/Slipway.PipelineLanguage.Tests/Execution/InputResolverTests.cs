using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class InputResolverTests
{
    private static readonly RunFacts Facts = new("run", "runs/1", "id-1", "t", "tid") { WorkspacePath = "/ws" };
    private static readonly Artifact Model = new("m", ArtifactType.Of("system.Model"), "s3://m");

    private static readonly GraphScope Scope = new(
        new TaskValues(new Dictionary<string, JsonNode?> { ["greeting"] = "hi \"you\"", ["number"] = 7, ["void"] = null }, new Dictionary<string, IReadOnlyList<Artifact>> { ["given"] = [Model] }),
        task => task == "done"
            ? new TaskValues(new Dictionary<string, JsonNode?> { ["text"] = "{\"a\": {\"b\": [5]}}", ["nothing"] = null, ["list"] = JsonNode.Parse("[1.0]") }, new Dictionary<string, IReadOnlyList<Artifact>> { ["model"] = [Model] })
            : null,
        task => task == "done" ? FinalStatus.Of(FinalStatus.Failed, task, "runs/1", "it broke") : null);

    [Fact]
    public void EachSource_GivesItsValue()
    {
        var values = Resolve(
            """{"a": {"componentInputParameter": "number"}, "b": {"taskOutputParameter": {"producerTask": "done", "outputParameterKey": "list"}}, "c": {"runtimeValue": {"constant": 3.0}}, "d": {"runtimeValue": {"runtimeParameter": "number"}}, "e": {"taskFinalStatus": {"producerTask": "done"}}}""",
            """{"a": {"parameterType": "NUMBER_INTEGER"}, "b": {"parameterType": "LIST"}, "c": {"parameterType": "NUMBER_INTEGER"}, "d": {"parameterType": "NUMBER_DOUBLE"}, "e": {"parameterType": "TASK_FINAL_STATUS"}}""").OrThrow();

        Assert.Equal("7", Json(values, "a"));
        Assert.Equal("[1]", Json(values, "b"));
        Assert.Equal("3", Json(values, "c"));
        Assert.Equal("7", Json(values, "d"));
        Assert.Equal("""{"state":"FAILED","error":{"code":2,"message":"it broke"},"pipelineJobResourceName":"runs/1","pipelineTaskName":"done"}""", Json(values, "e"));
    }

    [Fact]
    public void Selectors_PickAPartOfTheValue() => Assert.Equal(
        "5",
        Json(Resolve(
            """{"a": {"taskOutputParameter": {"producerTask": "done", "outputParameterKey": "text"}, "parameterExpressionSelector": "parseJson(string_value)[\"a\"][\"b\"][0]"}}""",
            """{"a": {"parameterType": "NUMBER_INTEGER"}}""").OrThrow(), "a"));

    [Theory]
    [InlineData("\"hello-{{$.inputs.parameters['pipelinechannel--g']}}\"", "\"hello-hi \\u0022you\\u0022\"")]
    [InlineData("\"{{$.pipeline_job_uuid}} in {{$.workspace_path}}\"", "\"id-1 in /ws\"")]
    [InlineData("{\"k\": [\"{{$.pipeline_job_name}}\", 1.0]}", "\"{\\u0022k\\u0022:[\\u0022run\\u0022,1]}\"")]
    public void Constants_MayHoldPlaceholders(string constant, string value) => Assert.Equal(
        value,
        Json(Resolve($$$"""{"x": {"runtimeValue": {"constant": {{{constant}}}}}, "pipelinechannel--g": {"componentInputParameter": "greeting"}}""", """{"x": {"parameterType": "STRING"}}""").OrThrow(), "x"));

    [Fact]
    public void ConstantThatIsOneInput_KeepsItsType() => Assert.Equal(
        "7",
        Json(Resolve("""{"x": {"runtimeValue": {"constant": "{{$.inputs.parameters['n']}}"}}, "n": {"componentInputParameter": "number"}}""", """{"x": {"parameterType": "NUMBER_INTEGER"}}""").OrThrow(), "x"));

    [Fact]
    public void UndeclaredNames_AreKept() =>
        Assert.Equal("7", Json(Resolve("""{"pipelinechannel--n": {"componentInputParameter": "number"}}""", "{}").OrThrow(), "pipelinechannel--n"));

    [Fact]
    public void TextIsMadeOfWhatIsNotText_OtherTypesAreNotConverted()
    {
        Assert.Equal("\"7\"", Json(Resolve("""{"a": {"componentInputParameter": "number"}}""", """{"a": {"parameterType": "STRING"}}""").OrThrow(), "a"));
        Assert.Contains("must be a whole number", Resolve("""{"a": {"componentInputParameter": "greeting"}}""", """{"a": {"parameterType": "NUMBER_INTEGER"}}""").Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Null_IsDroppedWhereItMayBe_AndTheDefaultApplies()
    {
        var values = Resolve(
            """{"a": {"componentInputParameter": "void"}, "b": {"taskOutputParameter": {"producerTask": "done", "outputParameterKey": "nothing"}}, "c": {"taskOutputParameter": {"producerTask": "failed", "outputParameterKey": "x"}}, "u": {"componentInputParameter": "void"}}""",
            """{"a": {"parameterType": "STRING", "isOptional": true}, "b": {"parameterType": "NUMBER_INTEGER", "defaultValue": 4.0, "isOptional": true}, "c": {"parameterType": "STRING", "defaultValue": "fallback", "isOptional": true}}""").OrThrow();

        Assert.False(values.Parameters.ContainsKey("a"));
        Assert.False(values.Parameters.ContainsKey("u"));
        Assert.Equal("4", Json(values, "b"));
        Assert.Equal("\"fallback\"", Json(values, "c"));
    }

    [Fact]
    public void WhatIsRequiredAndMissing_IsToldAllAtOnce()
    {
        var problem = Resolve(
            """{"a": {"componentInputParameter": "void"}, "b": {"taskOutputParameter": {"producerTask": "skipped", "outputParameterKey": "x"}}}""",
            """{"a": {"parameterType": "STRING"}, "b": {"parameterType": "STRING"}, "c": {"parameterType": "STRING"}}""",
            """{"m": {"taskOutputArtifact": {"producerTask": "skipped", "outputArtifactKey": "model"}}}""",
            """{"m": {"artifactType": {"schemaTitle": "system.Model"}}, "n": {"artifactType": {}}}""").Problem!;

        Assert.Equal(["inputs.a", "inputs.b", "inputs.c", "inputs.m", "inputs.n"], problem.Faults.Select(f => f.Path));
    }

    [Fact]
    public void Artifacts_ComeFromTheGraphOrItsTasks()
    {
        var values = Resolve(
            "{}", "{}",
            """{"a": {"componentInputArtifact": "given"}, "b": {"taskOutputArtifact": {"producerTask": "done", "outputArtifactKey": "model"}}, "c": {"taskOutputArtifact": {"producerTask": "skipped", "outputArtifactKey": "model"}}}""",
            """{"a": {"artifactType": {}}, "b": {"artifactType": {}}, "c": {"artifactType": {}, "isOptional": true}}""").OrThrow();

        Assert.Same(Model, values.Artifacts["a"][0]);
        Assert.Same(Model, values.Artifacts["b"][0]);
        Assert.False(values.Artifacts.ContainsKey("c"));
    }

    [Fact]
    public void TheItemOfALoop_IsNotMissed()
    {
        var task = new TaskSpec("c") { ParameterIterator = new ParameterIterator("[1]", null, "item") };
        var component = new ComponentSpec { Inputs = new ComponentInputs { Parameters = new Dictionary<string, InputParameter> { ["item"] = new(ParameterType.NumberInteger) } } };

        Assert.True(InputResolver.Resolve(task, component, Scope, Facts).Succeeded);
    }

    private static string? Json(TaskValues values, string name) => values.Parameters[name]?.ToJsonString();

    private static Result<TaskValues> Resolve(string inputs, string declared, string artifacts = "{}", string declaredArtifacts = "{}")
    {
        var text = """
            {"pipelineInfo": {"name": "p"}, "components": {"c": {"inputDefinitions": {"parameters": DECLARED, "artifacts": DECLARE_ARTIFACTS}}},
             "root": {"dag": {"tasks": {"t": {"componentRef": {"name": "c"}, "inputs": {"parameters": INPUTS, "artifacts": ARTIFACTS}}}}}}
            """
            .Replace("DECLARED", declared, StringComparison.Ordinal).Replace("DECLARE_ARTIFACTS", declaredArtifacts, StringComparison.Ordinal)
            .Replace("INPUTS", inputs, StringComparison.Ordinal).Replace("ARTIFACTS", artifacts, StringComparison.Ordinal);
        var spec = Slipway.PipelineLanguage.Reading.PipelineReader.Read(text).OrThrow().Spec;
        return InputResolver.Resolve(spec.Root.Dag!.Tasks["t"], spec.Components["c"], Scope, Facts);
    }
}
