using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class ExecutorOutputTests
{
    private static readonly ComponentSpec Component = new()
    {
        Outputs = new ComponentOutputs
        {
            Parameters = new OrderedDictionary<string, OutputParameter> { ["n"] = new(ParameterType.NumberInteger), ["s"] = new(ParameterType.String) },
            Artifacts = new OrderedDictionary<string, OutputArtifact>
            {
                ["model"] = new(ArtifactType.Of("system.Model")) { Metadata = (JsonObject)JsonNode.Parse("""{"framework": "x", "kept": 1}""")! },
                ["many"] = new(ArtifactType.Of("system.Dataset")) { IsList = true },
            },
        },
    };

    private static readonly ProvisionedOutputs Provisioned = ProvisionedOutputs.Of(Component, n => $"/t/{n}", n => ($"store://{n}", $"/t/artifacts/{n}"), "/t/out.json");

    [Fact]
    public void NoOutputFile_ReadsTheParameterFiles_AndKeepsTheArtifacts()
    {
        var outputs = Read(null, ("n", " 5\n"), ("s", "text\n")).OrThrow();

        Assert.Equal(("5", "text\n"), (outputs.Parameters["n"]!.ToJsonString(), (string?)outputs.Parameters["s"]));
        Assert.Equal(("store://model", "/t/artifacts/model"), (outputs.Artifacts["model"][0].Uri, outputs.Artifacts["model"][0].Path));
        Assert.Equal("x", (string?)outputs.Artifacts["model"][0].Metadata["framework"]);
    }

    [Fact]
    public void OutputFile_WinsOverParameterFiles()
    {
        var outputs = Read("""{"parameterValues": {"n": 6.0, "s": "from json"}}""", ("n", "5"), ("s", "file")).OrThrow();

        Assert.Equal(("6", "from json"), (outputs.Parameters["n"]!.ToJsonString(), (string?)outputs.Parameters["s"]));
    }

    [Fact]
    public void Artifacts_AreMergedOverWhatWasProvisioned()
    {
        var outputs = Read("""
            {"parameter_values": {"n": 1, "s": ""}, "artifacts": {
              "model": {"artifacts": [{"name": "n", "uri": "/t/artifacts/model", "type": {"schemaTitle": "system.Other"}, "metadata": {"framework": "y", "auc": 0.9}, "custom_path": "/other"}]},
              "many": {"artifacts": [{"name": "a", "uri": "s3://1"}, {"name": "b", "uri": "s3://2", "metadata": {"k": 1}}]}}}
            """).OrThrow();

        var model = outputs.Artifacts["model"][0];
        Assert.Equal(("store://model", "/t/artifacts/model", "/other", "system.Model"), (model.Uri, model.Path, model.CustomPath, model.Type.Title));
        Assert.Equal("""{"framework":"y","kept":1,"auc":0.9}""", model.Metadata.ToJsonString());
        Assert.Equal([("a", "s3://1"), ("b", "s3://2")], outputs.Artifacts["many"].Select(a => (a.Name, a.Uri)));
        Assert.Null(outputs.Artifacts["many"][0].Path);
    }

    [Fact]
    public void AnotherUri_ReplacesTheProvisionedOne()
    {
        var model = Read("""{"parameterValues": {"n": 1, "s": ""}, "artifacts": {"model": {"artifacts": [{"uri": "gs://else"}]}}}""").OrThrow().Artifacts["model"][0];

        Assert.Equal(("gs://else", (string?)null, "model"), (model.Uri, model.Path, model.Name));
    }

    [Theory]
    [InlineData(null, "outputs.n: the task ended without writing it; outputs.s: the task ended without writing it")]
    [InlineData("""{"parameterValues": {"n": "5", "s": "x"}}""", "outputs.n: must be a whole number, not \"5\"")]
    [InlineData("not json", "output file is not JSON")]
    [InlineData("[]", "must hold a JSON object")]
    [InlineData("""{"parameterValues": {"n": 1, "s": ""}, "artifacts": {"model": {"artifacts": [{}, {}]}}}""", "outputs.model: is one artifact, and the task says 2")]
    public void MalformedOutputs_AreSaidInWords(string? file, string words) => Assert.Contains(words, Read(file).Problem!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("def f(a: int = 1) -> Optional[str]:\n    return None\n", true)]
    [InlineData("def f(\n    a: Dict[str, int] = {},\n) -> typing.Optional[str]:\n    pass\n", true)]
    [InlineData("def f() -> str | None:\n    pass\n", true)]
    [InlineData("def f() -> Union[str, None]:\n    pass\n", true)]
    [InlineData("def f() -> NamedTuple('outputs', [\n    ('a', Optional[str])\n]):\n    pass\n", true)]
    [InlineData("def f(a: Optional[str] = None) -> str:\n    return a\n", false)]
    [InlineData("def f():\n    x: Optional[str] = None\n", false)]
    [InlineData("def g() -> Optional[str]:\n    pass\n", false)]
    public void FunctionThatMayReturnNothing_GivesNull(string source, bool mayBeMissing)
    {
        var container = new ContainerSpec("python") { Command = ["sh", "-ec", "run", $"\nimport kfp\n{source}"], Args = ["--executor_input", "{{$}}", "--function_to_execute", "f"] };

        var read = ExecutorOutput.Read(Component, container, Provisioned, null, _ => null);

        Assert.Equal(mayBeMissing, read.Succeeded);
        Assert.True(!mayBeMissing || (read.Value.Parameters.TryGetValue("n", out var value) && value is null));
    }

    [Fact]
    public void Noise_NeverThrows()
    {
        var random = new Random(13);
        string[] pieces = ["{", "}", "[", "]", "\"parameterValues\"", ":", ",", "\"n\"", "1", "null", "\"artifacts\"", "\"model\"", "\"uri\"", "true", "\"metadata\"", "\"many\"", "\\ud800", "\""];
        for (var i = 0; i < 4_000; i++)
        {
            Read(string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => pieces[random.Next(pieces.Length)])), ("n", "1"), ("s", ""));
        }
    }

    private static Result<TaskValues> Read(string? file, params (string Name, string Text)[] files) =>
        ExecutorOutput.Read(Component, null, Provisioned, file, name => files.Where(f => f.Name == name).Select(f => f.Text).FirstOrDefault());
}
