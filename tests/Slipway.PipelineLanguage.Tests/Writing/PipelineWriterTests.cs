using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Text;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.PipelineLanguage.Tests.Writing;

public sealed class PipelineWriterTests
{
    [Fact]
    public void WhatWasRead_IsWrittenAsItWas()
    {
        // The fixture is in the writer's own form but for the old numbers of resources, which are written as quantities.
        var documents = SourceText.Read(Sample.Text("everything.yaml"), "everything.yaml").OrThrow();
        var written = PipelineWriter.ToJson(Sample.Everything);
        var resources = written["deploymentSpec"]!["executors"]!["exec-make"]!["container"]!["resources"]!.AsObject();
        Assert.Equal("2", (string?)resources["resourceCpuLimit"]);
        Assert.Equal("1.5G", (string?)resources["resourceMemoryLimit"]);
        resources.Remove("resourceCpuLimit");
        resources.Remove("resourceMemoryLimit");
        (resources["cpuLimit"], resources["memoryLimit"]) = (2.0, 1.5);

        AssertSame(documents[0].Value, written);
        AssertSame(documents[1].Value, Sample.Everything.Platform!.Document);
    }

    [Fact]
    public void Yaml_ReadsBackAsTheSamePipeline()
    {
        var text = PipelineWriter.ToYaml(Sample.Everything);

        var again = PipelineReader.Read(text, "again").OrThrow().Spec;

        AssertSame(PipelineWriter.ToWire(Sample.Everything), PipelineWriter.ToWire(again));
        Assert.Equal(text, PipelineWriter.ToYaml(again));
    }

    [Fact]
    public void ParametersOfAnyType_AreWrittenSoThatTheSdkLoadsThem_AndReadBackAsTheyWere()
    {
        var root = Sample.Everything.Root;
        var spec = Sample.Everything with { Root = root with { Inputs = new ComponentInputs { Parameters = new Dictionary<string, InputParameter> { ["greeting"] = new(ParameterType.Unspecified) } } } };

        var written = PipelineWriter.ToJson(spec);

        Assert.Equal("STRUCT", (string?)written["root"]!["inputDefinitions"]!["parameters"]!["greeting"]!["parameterType"]);
        var again = PipelineReader.Read(written).OrThrow().Spec;
        Assert.Equal(ParameterType.Unspecified, again.Root.Inputs.Parameters["greeting"].Type);
        Assert.Equal(ParameterType.NumberInteger, again.Root.Outputs.Parameters["number"].Type);
    }

    [Fact]
    public void WhatIsWritten_HasOnlyTheProtocolsFields()
    {
        var everything = PipelineWriter.ToJson(Sample.Everything);

        Assert.Empty(ProtocolShape.Faults(everything));

        // The shape sees what it must see.
        everything["root"]!["dag"]!["tasks"]!["finish"]!["colour"] = "red";
        everything["deploymentSpec"]!["executors"]!["exec-make"]!["container"]!["image"] = 5;
        Assert.Equal([".root.dag.tasks.finish.colour is no field of Task", "deploymentSpec.executors.exec-make.container.image is no text"], ProtocolShape.Faults(everything));
    }

    private static void AssertSame(JsonNode expected, JsonNode actual) => Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected}\n--- is not ---\n{actual}");
}
