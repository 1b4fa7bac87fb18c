using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Placeholders;

public sealed class CommandLineTests
{
    private static readonly RunFacts Facts = new("my run", "runs/abc", "abc", "train", "task-7")
    {
        PipelineRoot = "s3://root",
        Created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
        Scheduled = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
        WorkspacePath = "/ws",
    };

    private static readonly TaskValues Inputs = new(
        ((JsonObject)JsonNode.Parse("""{"s": "a \"quoted\"\nline", "n": 3, "d": 0.5, "b": true, "l": [1, "x"], "m": {"k": 1}, "nothing": null, "trap": "{{$.pipeline_job_uuid}}"}""")!)
            .ToDictionary(p => p.Key, p => p.Value),
        new Dictionary<string, IReadOnlyList<Artifact>>
        {
            ["data"] =
            [
                new Artifact("d1", ArtifactType.Of("system.Dataset"), "s3://b/d1") { Metadata = (JsonObject)JsonNode.Parse("""{"rows": 10, "name": "x"}""")! },
                new Artifact("d2", ArtifactType.Of("system.Dataset"), "s3://b/d2"),
            ],
            ["local"] = [new Artifact("l", ArtifactType.Of("system.Model"), "slipway://x") { Path = "/work-folder/l" }],
            ["none"] = [],
        });

    private static readonly ProvisionedOutputs Outputs = new(
        new Dictionary<string, string> { ["out"] = "/t/out" },
        new Dictionary<string, IReadOnlyList<Artifact>> { ["model"] = [new Artifact("model", ArtifactType.Of("system.Model"), "gs://b/m") { Metadata = (JsonObject)JsonNode.Parse("""{"a": [1]}""")! }] },
        "/t/executor_output.json");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{{$.inputs.parameters['s']}}", "a \"quoted\"\nline")]
    [InlineData("{{$.inputs.parameters['n']}}-{{$.inputs.parameters['d']}}-{{$.inputs.parameters['b']}}", "3-0.5-true")]
    [InlineData("{{$.inputs.parameters['l']}} {{$.inputs.parameters['m']}}", "[1,\"x\"] {\"k\":1}")]
    [InlineData("{{$.inputs.parameters[\"n\"]}}", "3")]
    [InlineData("{{$.inputs.artifacts['data'].uri}} {{$.inputs.artifacts['data'].path}}", "s3://b/d1 /s3/b/d1")]
    [InlineData("{{$.inputs.artifacts['local'].uri}} {{$.inputs.artifacts['local'].path}}", "/work-folder/l /work-folder/l")]
    [InlineData("{{$.inputs.artifacts['data'].metadata}}", "{\"rows\":10,\"name\":\"x\"}")]
    [InlineData("{{$.inputs.artifacts['data'].metadata['rows']}}|{{$.inputs.artifacts['data'].metadata['gone']}}", "10|")]
    [InlineData("{{$.inputs.artifacts['none'].uri}}{{$.inputs.artifacts['none']}}", "[]")]
    [InlineData("{{$.outputs.artifacts['model'].uri}} {{$.outputs.artifacts['model'].path}} {{$.outputs.artifacts['model'].metadata['a']}}", "gs://b/m /gcs/b/m [1]")]
    [InlineData("{{$.outputs.parameters['out'].output_file}}", "/t/out")]
    [InlineData("{{$.outputs.output_file}} {{$.outputMetadataUri}}", "/t/executor_output.json /t/executor_output.json")]
    [InlineData("{{$.pipeline_job_name}} {{$.pipeline_job_resource_name}} {{$.pipeline_job_uuid}}", "my run runs/abc abc")]
    [InlineData("{{$.pipeline_task_name}} {{$.pipeline_task_uuid}} {{$.pipeline_root}} {{$.workspace_path}}/x", "train task-7 s3://root /ws/x")]
    [InlineData("{{$.pipeline_job_create_time_utc}} {{$.pipeline_job_schedule_time_utc}}", "2026-01-02T02:04:05Z 2026-01-02T00:00:00Z")]
    // What only one cloud knows, and what does not exist, stays.
    [InlineData("{{$.pipeline_google_cloud_project_id}} {{$.inputs.parameters['gone']}}", "{{$.pipeline_google_cloud_project_id}} {{$.inputs.parameters['gone']}}")]
    // What is put in is not looked at again.
    [InlineData("{{$.inputs.parameters['trap']}}", "{{$.pipeline_job_uuid}}")]
    [InlineData("{{ $.x }} {{$ {{$.", "{{ $.x }} {{$ {{$.")]
    public void Placeholders_BecomeText(string element, string text) => Assert.Equal([text], Resolve(element));

    [Fact]
    public void ListOfArtifacts_IsJson()
    {
        var list = (JsonArray)JsonNode.Parse(Assert.Single(Resolve("{{$.inputs.artifacts['data']}}")))!;

        Assert.Equal(["s3://b/d1", "s3://b/d2"], list.Select(a => (string?)a!["uri"]));
    }

    [Fact]
    public void ExecutorInput_IsJson_WhateverTheValuesHold()
    {
        var json = JsonNode.Parse(Assert.Single(Resolve("{{$}}")))!;

        Assert.Equal("a \"quoted\"\nline", (string?)json["inputs"]!["parameterValues"]!["s"]);
        Assert.Equal("{{$.pipeline_job_uuid}}", (string?)json["inputs"]!["parameterValues"]!["trap"]);
        Assert.Equal("/t/executor_output.json", (string?)json["outputs"]!["outputFile"]);
        Assert.Equal("/t/out", (string?)json["outputs"]!["parameters"]!["out"]!["outputFile"]);
        Assert.False(json["inputs"]!["parameterValues"]!.AsObject().ContainsKey("nothing"));
        Assert.Equal("/work-folder/l", (string?)json["inputs"]!["artifacts"]!["local"]!["artifacts"]![0]!["uri"]);
        Assert.Equal("system.Dataset", (string?)json["inputs"]!["artifacts"]!["data"]!["artifacts"]![1]!["type"]!["schemaTitle"]);
    }

    [Theory]
    [InlineData("""{"Concat": ["a-", "{{$.inputs.parameters['n']}}", "-b"]}""", "a-3-b")]
    [InlineData("""{"Concat": ["x", {"IfPresent": {"InputName": "n", "Then": "y"}}, {"IfPresent": {"InputName": "gone", "Then": "z"}}, {"Concat": ["1", "2"]}]}""", "xy12")]
    [InlineData("""{"IfPresent": {"InputName": "n", "Then": "yes"}}""", "yes")]
    [InlineData("""{"IfPresent": {"InputName": "n", "Then": ["--n", "{{$.inputs.parameters['n']}}"], "Else": "no"}}""", "--n", "3")]
    [InlineData("""{"IfPresent": {"InputName": "gone", "Then": "yes", "Else": ["--none"]}}""", "--none")]
    [InlineData("""{"IfPresent": {"InputName": "gone", "Then": "yes"}}""")]
    [InlineData("""{"IfPresent": {"InputName": "nothing", "Then": "yes"}}""")]
    [InlineData("""{"IfPresent": {"InputName": "data", "Then": {"Concat": ["--data=", "{{$.inputs.artifacts['data'].uri}}"]}}}""", "--data=s3://b/d1")]
    [InlineData("""{"IfPresent": {"InputName": "none", "Then": "yes", "Else": "no"}}""", "no")]
    [InlineData("""{"IfPresent": {"InputName": "n", "Then": [{"IfPresent": {"InputName": "gone", "Then": "a", "Else": {"Concat": ["{{$.inputs.parameters['s']}}", "!"]}}}]}}""", "a \"quoted\"\nline!")]
    // Other JSON is text.
    [InlineData("""{"Other": 1}""", """{"Other": 1}""")]
    [InlineData("""{"Concat": 1}""", """{"Concat": 1}""")]
    [InlineData("""{"Concat": [""", """{"Concat": [""")]
    public void StructPlaceholders_BecomeElements(string element, params string[] elements) => Assert.Equal(elements, Resolve(element));

    [Fact]
    public void StructsThatMakeNoSense_AreProblems()
    {
        Assert.Contains("needs InputName", Container("""{"IfPresent": {"Then": "x"}}""").Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("only text, Concat and IfPresent", Container("""{"Concat": [1]}""").Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImageEnvAndResources_AreResolved()
    {
        var spec = new ContainerSpec("registry/{{$.inputs.parameters['n']}}")
        {
            Env = [new("A", "x{{$.inputs.parameters['n']}}"), new("B", "$(A)-$(GONE)-$$(A)")],
            Resources = new ResourceSpec { CpuLimit = "{{$.inputs.parameters['n']}}", MemoryLimit = "1Gi", AcceleratorCount = "" },
        };

        var resolved = CommandLine.Resolve(spec, Context()).OrThrow();

        Assert.Equal("registry/3", resolved.Image);
        Assert.Equal([new("A", "x3"), new("B", "x3-$(GONE)-$(A)")], resolved.Env);
        Assert.Equal(new ResourceSpec { CpuLimit = "3", MemoryLimit = "1Gi" }, resolved.Resources);
    }

    [Fact]
    public void Noise_NeverThrows_AndLeavesTextWithoutPlaceholdersAlone()
    {
        var random = new Random(5);
        string[] pieces = ["{{$", "}}", "{{", ".", "inputs", "parameters", "['s']", "['", "']", "$", "{\"Concat\": [", "\"a\"", "]", "}", ",", "{\"IfPresent\": {\"InputName\": \"n\", \"Then\": ", " ", "\\", "\"", "outputs.artifacts", "metadata"];
        for (var i = 0; i < 4_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var result = Container(text);
            if (!text.Contains("{{$", StringComparison.Ordinal) && !text.TrimStart().StartsWith('{'))
            {
                Assert.Equal([text], result.OrThrow().Args);
            }
        }
    }

    private static IReadOnlyList<string> Resolve(string element) => Container(element).OrThrow().Args;

    private static Slipway.Kernel.Problems.Result<ResolvedContainer> Container(string element) => CommandLine.Resolve(new ContainerSpec("i") { Args = [element] }, Context());

    private static CommandContext Context() => new(Facts, Inputs, Outputs.ParameterFiles, Outputs.Artifacts, Outputs.OutputFile, ExecutorInput.Build(Inputs, Outputs));
}
