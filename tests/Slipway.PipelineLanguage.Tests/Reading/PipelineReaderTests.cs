using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.PipelineLanguage.Tests.Reading;

public sealed class PipelineReaderTests
{
    private static readonly PipelineSpec Spec = Sample.Everything;

    private static DagSpec Body => Spec.Components["comp-exit-handler-6"].Dag!;

    [Fact]
    public void Header_IsRead()
    {
        Assert.Equal(("everything", "Everything there is", "With everything."), (Spec.Info.Name, Spec.Info.DisplayName, Spec.Info.Description));
        Assert.Equal(("2.1.0", "kfp-2.15.2", "minio://bucket/root"), (Spec.SchemaVersion, Spec.SdkVersion, Spec.DefaultPipelineRoot));
        Assert.Equal(["exit-handler-6", "finish"], Spec.Root.Dag!.Tasks.Keys);
    }

    [Fact]
    public void Parameters_HaveTypeDefaultLiteralsAndOptionality()
    {
        var inputs = Spec.Components["comp-make"].Inputs.Parameters;

        Assert.Equal(
            [ParameterType.String, ParameterType.NumberInteger, ParameterType.NumberDouble, ParameterType.Boolean, ParameterType.List, ParameterType.Struct], inputs.Values.Select(p => p.Type));
        Assert.All(inputs.Values, p => Assert.True(p is { HasDefault: true, IsOptional: true }));
        Assert.Equal("hello", (string?)inputs["text"].Default);
        Assert.Equal("What to say.", inputs["text"].Description);
        Assert.Equal(2, inputs["count"].Literals.Count);
        Assert.False(Spec.Components["comp-importer"].Inputs.Parameters["uri"].HasDefault);
    }

    [Fact]
    public void Artifacts_HaveTypeListAndMetadata()
    {
        var component = Spec.Components["comp-make"];

        Assert.Equal(("system.Model", true, false), (component.Inputs.Artifacts["old"].Type.Title, component.Inputs.Artifacts["old"].IsOptional, component.Inputs.Artifacts["old"].IsList));
        Assert.Equal("""{"rows":10.0}""", component.Outputs.Artifacts["data"].Metadata!.ToJsonString());
        Assert.True(component.Outputs.Artifacts["many"].IsList);
    }

    [Theory]
    [InlineData("{schemaTitle: system.Model}", "system.Model")]
    [InlineData("{instanceSchema: \"title: kfp.Thing\\ntype: object\"}", "kfp.Thing")]
    [InlineData("{schemaUri: gs://x/y.yaml}", "gs://x/y.yaml")]
    [InlineData("{}", "system.Artifact")]
    public void ArtifactType_IsNamedWhicheverWayItIsSaid(string type, string title)
    {
        var text = Sample.WithTasks("a: {componentRef: {name: comp}}").Replace("outputDefinitions: {", $"outputDefinitions: {{artifacts: {{m: {{artifactType: {type}}}}}, ", StringComparison.Ordinal);

        Assert.Equal(title, Read(text).Components["comp"].Outputs.Artifacts["m"].Type.Title);
    }

    [Fact]
    public void TaskInputs_HaveEachKindOfSource()
    {
        Assert.Equal(new ParameterSource.ComponentInput("greeting"), Spec.Root.Dag!.Tasks["exit-handler-6"].Parameters["pipelinechannel--greeting"].Source);
        Assert.Equal(new ParameterSource.FinalStatus("exit-handler-6"), Spec.Root.Dag.Tasks["finish"].Parameters["status"].Source);
        Assert.Equal(new ParameterSource.TaskOutput("make", "number"), Body.Tasks["condition-branches-1"].Parameters["pipelinechannel--make-number"].Source);
        Assert.StartsWith("run {{$.pipeline_job_uuid}}", (string?)Assert.IsType<ParameterSource.Constant>(Body.Tasks["make"].Parameters["text"].Source).Value, StringComparison.Ordinal);
        Assert.Equal(new ArtifactSource.TaskOutput("importer", "artifact"), Body.Tasks["make"].Artifacts["old"]);
        Assert.Equal(new ArtifactSource.ComponentInput("item"), Spec.Components["comp-for-loop-5"].Dag!.Tasks["use"].Artifacts["data"]);
        Assert.Equal("parseJson(string_value)[\"a\"]", Spec.Components["comp-for-loop-4"].Dag!.Tasks["use"].Parameters["text"].Selector);
    }

    [Fact]
    public void TaskOptions_AreRead()
    {
        var make = Body.Tasks["make"];

        Assert.Equal("make it", make.DisplayName);
        Assert.Equal(new CachingOptions(true, "v1"), make.Caching);
        Assert.Equal(new CachingOptions(false, null), Body.Tasks["use"].Caching);
        Assert.Equal(new RetryPolicy(2, TimeSpan.FromSeconds(1.5), 3, TimeSpan.FromHours(1)), make.Retry);
        Assert.Equal(TriggerStrategy.AllCompleted, Spec.Root.Dag!.Tasks["finish"].Trigger.Strategy);
        Assert.Equal(["condition-branches-1"], Body.Tasks["use"].DependentTasks);
        Assert.Equal(["importer"], make.Upstream());
        Assert.Equal(["make"], Body.Tasks["for-loop-5"].Upstream());
    }

    [Fact]
    public void Loops_AreRead()
    {
        Assert.Equal(new ParameterIterator("""[{"a": "x"}, {"a": "y"}]""", null, "pipelinechannel--loop-item-param-4"), Body.Tasks["for-loop-4"].ParameterIterator);
        Assert.Equal(2, Body.Tasks["for-loop-4"].ParallelismLimit);
        Assert.Equal(new ArtifactIterator("list", "item"), Body.Tasks["for-loop-5"].ArtifactIterator);
    }

    [Fact]
    public void GraphOutputs_ArePlainOrAChoice()
    {
        var plain = Body.ParameterOutputs["number"];
        var choice = Spec.Components["comp-condition-branches-1"].Dag!.ParameterOutputs["chosen"];

        Assert.Equal([new OutputSelector("make", "number")], plain.Selectors);
        Assert.False(plain.IsOneOf);
        Assert.Equal([new OutputSelector("condition-2", "use-out"), new OutputSelector("condition-3", "use-out")], choice.Selectors);
        Assert.True(choice.IsOneOf);
        Assert.Equal([new OutputSelector("make", "data")], Body.ArtifactOutputs["data"].Selectors);
    }

    [Fact]
    public void Executors_AreRead()
    {
        var make = Assert.IsType<ExecutorSpec.Container>(Spec.Executors["exec-make"]).Spec;
        var importer = Assert.IsType<ExecutorSpec.Importer>(Spec.Executors["exec-importer"]).Spec;

        Assert.Equal("print(\"hello\")\n\nprint('two lines')\n", make.Command[2]);
        Assert.Equal([new EnvironmentVariable("MODE", "fast")], make.Env);
        Assert.Equal("uri", importer.UriParameter);
        Assert.True(importer.Reimport);
        Assert.Equal("system.Model", importer.Type.Title);
    }

    [Fact]
    public void Resources_TakeTheTextForm_AndElseTheOldNumbers()
    {
        var resources = Assert.IsType<ExecutorSpec.Container>(Spec.Executors["exec-make"]).Spec.Resources!;

        Assert.Equal(("500m", "2", "1.5G"), (resources.CpuRequest, resources.CpuLimit, resources.MemoryLimit));
        Assert.StartsWith("{{$", resources.MemoryRequest, StringComparison.Ordinal);
        Assert.Equal(("nvidia.com/gpu", "1"), (resources.AcceleratorType, resources.AcceleratorCount));
    }

    [Fact]
    public void Platform_IsRead()
    {
        var platform = Spec.Platform!;
        var make = platform.Executors["exec-make"];

        Assert.Equal((TimeSpan.FromHours(2), TimeSpan.FromSeconds(30)), (platform.Pipeline.Deadline, platform.Pipeline.TtlOnCompletion));
        Assert.Equal("10Gi", platform.Pipeline.Workspace!.Size);
        Assert.Equal("fast", (string?)platform.Pipeline.Workspace.VolumeClaimPatch!["storageClassName"]);
        Assert.Equal(TimeSpan.FromMinutes(1), make.Deadline);
        Assert.Equal("PASSWORD", Assert.Single(Assert.Single(make.SecretsAsEnv).KeyToVariable).Value);
        Assert.True(make.SecretsAsEnv[0].IsOptional);
        Assert.Equal("settings", (string?)Assert.IsType<ParameterSource.Constant>(make.ConfigMapsAsVolume[0].Name.Source).Value);
        Assert.Equal(new ParameterSource.TaskOutput("createpvc", "name"), make.VolumeMounts[0].Name.Source);
        Assert.Equal(new ScratchMount("scratch", "/scratch", null, "1Gi"), make.ScratchMounts[0]);
        Assert.Equal("metadata.name", make.FieldsAsEnv["POD"]);
        // Names that people chose keep their spelling.
        Assert.Equal("a", make.Labels["team_name"]);
        Assert.Equal(["tolerations"], make.Other.Select(p => p.Key));
    }

    [Fact]
    public void SnakeCase_ReadsAsCamelCase()
    {
        var text = """
            {"pipeline_info": {"name": "s"}, "schema_version": "2.1.0", "deployment_spec": {"executors": {"e": {"container": {"image": "i"}}}},
             "components": {"c": {"executor_label": "e", "input_definitions": {"parameters": {"n": {"parameter_type": 2, "default_value": 1, "is_optional": true}}}}},
             "root": {"dag": {"tasks": {"t": {"component_ref": {"name": "c"}, "caching_options": {"enable_cache": true},
               "inputs": {"parameters": {"n": {"task_output_parameter": {"producer_task": "u", "output_parameter_key": "o"}}}},
               "trigger_policy": {"strategy": 2}, "retry_policy": {"max_retry_count": "3", "backoff_duration": {"seconds": "2", "nanos": 500000000}}}}}}}
            """;

        var task = Read(text).Root.Dag!.Tasks["t"];

        Assert.Equal(("c", true, TriggerStrategy.AllCompleted), (task.Component, task.Caching.Enabled, task.Trigger.Strategy));
        Assert.Equal(new ParameterSource.TaskOutput("u", "o"), task.Parameters["n"].Source);
        Assert.Equal(new RetryPolicy(3, TimeSpan.FromSeconds(2.5), null, null), task.Retry);
        Assert.Equal(ParameterType.NumberInteger, Read(text).Components["c"].Inputs.Parameters["n"].Type);
    }

    [Fact]
    public void OldForms_AreRead()
    {
        var text = Sample.WithTasks("a: {componentRef: {name: comp}, inputs: {parameters: {x: {runtimeValue: {constantValue: {intValue: '5'}}}, y: {runtimeValue: {runtimeParameter: p}}}}}")
            .Replace("parameterType: STRING, isOptional: true", "type: INT", StringComparison.Ordinal);

        var spec = Read(text);

        Assert.Equal(ParameterType.NumberInteger, spec.Components["comp"].Inputs.Parameters["x"].Type);
        Assert.Equal("5", (string?)Assert.IsType<ParameterSource.Constant>(spec.Root.Dag!.Tasks["a"].Parameters["x"].Source).Value);
        Assert.Equal(new ParameterSource.RuntimeParameter("p"), spec.Root.Dag.Tasks["a"].Parameters["y"].Source);
    }

    [Theory]
    [InlineData("pipeline_spec", "platform_spec")]
    [InlineData("pipelineSpec", "platformSpec")]
    public void WrappedForm_IsReadWithItsPlatform(string pipeline, string platform)
    {
        var wrapped = new JsonObject { [pipeline] = PipelineWriter.ToJson(Spec), [platform] = Spec.Platform!.Document.DeepClone() };

        var read = PipelineReader.Read(wrapped).OrThrow();

        Assert.True(JsonNode.DeepEquals(PipelineWriter.ToWire(Spec), PipelineWriter.ToWire(read.Spec)));
        Assert.Equal(pipeline == "pipelineSpec" ? "pipelineSpec" : "pipelineSpec", read.Prefix);
    }

    [Fact]
    public void Documents_MayStandInAnyOrder_AndEmptyOnesAreSkipped()
    {
        var parts = Sample.Text("everything.yaml").Split("\n---\n");

        var read = Read($"---\n{parts[1]}\n---\n---\n{parts[0]}\n---\n");

        Assert.True(JsonNode.DeepEquals(PipelineWriter.ToWire(Spec), PipelineWriter.ToWire(read)));
    }

    [Theory]
    [InlineData("", "holds no pipeline")]
    [InlineData("# nothing\n", "holds no pipeline")]
    [InlineData("just text", "a pipeline is a map")]
    [InlineData("a: 1", "neither a pipeline")]
    [InlineData("platforms: {}", "holds no pipeline")]
    [InlineData("root: {}\ncomponents: {}\n---\nroot: {}\ncomponents: {}", "a second pipeline")]
    [InlineData("root: {}\ncomponents: {}\n---\nplatforms: {}\n---\nplatforms: {}", "a second platform document")]
    [InlineData("a: [", "not readable as YAML")]
    [InlineData("a: *b", "unknown alias")]
    [InlineData("a: 1\na: 2", "'a' stands twice")]
    [InlineData("""{"a": 1, "a": 2}""", "'a' stands twice")]
    [InlineData("""{"a": "\ud800"}""", "half of a surrogate pair")]
    public void WhatIsNoPipeline_IsRefusedInWords(string text, string words) =>
        Assert.Contains(words, PipelineReader.Read(text, "p.yaml").Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void WrongShapes_AreToldAllAtOnce_WithFileAndLine()
    {
        const string Text = """
            pipelineInfo: {name: 5}
            schemaVersion: 2.1.0
            root:
              dag:
                tasks:
                  a:
                    componentRef: comp
                    dependentTasks: [1]
                    retryPolicy: {maxRetryCount: many}
                    triggerPolicy: {strategy: SOMETIMES}
                    inputs:
                      parameters:
                        x: {}
            """;

        var problem = PipelineReader.Read(Text, "p.yaml").Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Equal(
            [
                "p.yaml:1: pipelineInfo.name", "p.yaml:7: root.dag.tasks.a.componentRef", "p.yaml:7: root.dag.tasks.a.componentRef.name", "p.yaml:13: root.dag.tasks.a.inputs.parameters.x",
                "p.yaml:8: root.dag.tasks.a.dependentTasks[0]", "p.yaml:10: root.dag.tasks.a.triggerPolicy.strategy", "p.yaml:9: root.dag.tasks.a.retryPolicy.maxRetryCount",
            ],
            problem.Faults.Select(f => f.Path));
    }

    [Fact]
    public void ForeignExecutors_AreRead_SoThatTheChecksCanNameThem()
    {
        var text = Sample.WithTasks("a: {componentRef: {name: comp}}").Replace("{container: {image: alpine, command: [echo]}}", "{customJob: {x: 1}}", StringComparison.Ordinal);

        Assert.Equal("customJob", Assert.IsType<ExecutorSpec.Foreign>(Read(text).Executors["exec"]).Kind);
    }

    private static PipelineSpec Read(string text) => PipelineReader.Read(text, "p.yaml").OrThrow().Spec;
}
