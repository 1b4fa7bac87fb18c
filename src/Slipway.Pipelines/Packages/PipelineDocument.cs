using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.ShortForm;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.Pipelines.Packages;

/// <summary>A pipeline that was read and found well-formed.</summary>
/// <param name="Wire">As the API shows it and as it is stored: the spec, wrapped with its platform document where there is one. JSON.</param>
internal sealed record PipelineDocument(PipelineSpec Spec, string Wire)
{
    /// <summary>YAML, JSON, or a .zip or .tar.gz with one YAML file in it; the IR or our short form. What could never run is refused, all faults at once.</summary>
    public static Result<PipelineDocument> FromPackage(string fileName, byte[] bytes) =>
        PipelineText.Read(bytes, fileName.Length == 0 ? "package" : fileName, NoFiles.Read).Then(PipelineChecks.Require).Select(Of);

    /// <summary>What a message carries in <c>pipeline_spec</c>.</summary>
    public static Result<PipelineDocument> FromStruct(JsonObject spec) => PipelineReader.Read(spec).Select(Of);

    /// <summary>One that <see cref="Wire"/> held before.</summary>
    public static Result<PipelineDocument> FromWire(string wire) => PipelineReader.Read(Encoding.UTF8.GetBytes(wire), "stored pipeline").Select(s => new PipelineDocument(s.Spec, wire));

    private static PipelineDocument Of(PipelineSource source) => new(source.Spec, PipelineWriter.ToWire(source.Spec).ToJsonString());
}
