using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class ImporterOutputTests
{
    private static readonly RunFacts Facts = new("run", "runs/1", "id-1", "t", "tid");
    private static readonly ComponentSpec Component = new() { Outputs = new ComponentOutputs { Artifacts = new Dictionary<string, OutputArtifact> { ["artifact"] = new(ArtifactType.Of("system.Model")) } } };
    private static readonly TaskValues Inputs = TaskValues.Of(new Dictionary<string, JsonNode?> { ["uri"] = "s3://from-input", ["name"] = "n" });

    [Fact]
    public void Artifact_HasUriTypeAndMetadata()
    {
        var importer = new ImporterSpec(null, "uri") { Type = ArtifactType.Of("system.Model"), Metadata = (JsonObject)JsonNode.Parse("""{"a": ["{{$.inputs.parameters['name']}}", 1.0], "b-{{$.pipeline_job_uuid}}": true}""")! };

        var artifact = Assert.Single(ImporterOutput.Of(Component, importer, Inputs, Facts).OrThrow().Artifacts["artifact"]);

        Assert.Equal(("s3://from-input", "system.Model"), (artifact.Uri, artifact.Type.Title));
        Assert.Equal("n", (string?)artifact.Metadata["a"]![0]);
        Assert.True((bool?)artifact.Metadata["b-id-1"]);
    }

    [Fact]
    public void ConstantUri_MayHoldPlaceholders() =>
        Assert.Equal("s3://b/n", ImporterOutput.Of(Component, new ImporterSpec("s3://b/{{$.inputs.parameters['name']}}", null), Inputs, Facts).OrThrow().Artifacts["artifact"][0].Uri);

    [Fact]
    public void NoUri_IsAProblem() => Assert.Contains("gone is empty", ImporterOutput.Of(Component, new ImporterSpec(null, "gone"), Inputs, Facts).Problem!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gs://b/x", "system.Model", "/gcs/b/x")]
    [InlineData("s3://b/x", "system.Model", "/s3/b/x")]
    [InlineData("minio://b/x", "system.Model", "/minio/b/x")]
    [InlineData("oci://reg/a/b", "system.Dataset", "/oci/reg_a_b")]
    [InlineData("oci://reg/a/b", "system.Model", "/oci/reg_a_b/models")]
    [InlineData("/plain/path", "system.Model", "/plain/path")]
    [InlineData("file:///x", "system.Model", "file:///x")]
    public void LocalPaths_FollowTheSdk(string uri, string type, string path) => Assert.Equal(path, new Artifact("a", ArtifactType.Of(type), uri).LocalPath);
}
