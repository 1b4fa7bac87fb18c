using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>
/// Reads the Kubeflow Pipelines IR from YAML or JSON: one document or two (pipeline and platform, in any order), bare or wrapped as
/// <c>{"pipeline_spec", "platform_spec"}</c>. Whether it makes sense is asked of the checks; here it only has to have the right shape.
/// </summary>
public static class PipelineReader
{
    private static readonly string[] PipelineMarks = ["pipelineInfo", "root", "components", "deploymentSpec", "schemaVersion"];

    public static Result<PipelineSource> Read(string text, string file = "pipeline") => SourceText.Read(text, file).Then(d => Read(d, file));

    public static Result<PipelineSource> Read(ReadOnlySpan<byte> bytes, string file = "pipeline") => SourceText.Read(bytes, file).Then(d => Read(d, file));

    /// <summary>A pipeline that a request carries as a JSON value, such as <c>pipeline_spec</c> of a run.</summary>
    public static Result<PipelineSource> Read(JsonObject value, string file = "pipeline_spec") => Read(value.ToJsonString(), file);

    public static Result<PipelineSource> Read(IReadOnlyList<SourceDocument> documents, string file)
    {
        SourceDocument? pipeline = null;
        SourceDocument? platform = null;
        foreach (var document in documents)
        {
            if (document.Value is not JsonObject map)
            {
                return Problem.Invalid($"{document.File}:{document.Lines.Position.Line}: a pipeline is a map with pipelineInfo, components, deploymentSpec and root");
            }

            if (IsPipeline(map))
            {
                if (pipeline is not null)
                {
                    return Problem.Invalid($"{document.File}:{document.Lines.Position.Line}: a second pipeline; a package holds one pipeline and at most one platform document");
                }

                pipeline = document;
            }
            else if (Member(map, "platforms") is not null || map.Count == 0)
            {
                if (platform is not null)
                {
                    return Problem.Invalid($"{document.File}:{document.Lines.Position.Line}: a second platform document; a package holds one pipeline and at most one platform document");
                }

                platform = document;
            }
            else
            {
                return Problem.Invalid(
                    $"{document.File}:{document.Lines.Position.Line}: neither a pipeline (pipelineInfo, components, deploymentSpec, root) nor a platform document (platforms); it has: {string.Join(", ", map.Select(p => p.Key).Take(10))}");
            }
        }

        return pipeline is null
            ? Problem.Invalid($"{file} holds no pipeline: a map with pipelineInfo, components, deploymentSpec and root")
            : Read(pipeline, platform);
    }

    /// <summary>Whether a document is the IR, bare or wrapped.</summary>
    public static bool IsPipeline(JsonObject map) => Member(map, "pipelineSpec") is not null || PipelineMarks.Count(m => Member(map, m) is not null) >= 2;

    private static Result<PipelineSource> Read(SourceDocument document, SourceDocument? platform)
    {
        var faults = new List<Fault>();
        var fields = new Fields((JsonObject)document.Value, "", document, faults);
        var wrapped = fields.Object("pipelineSpec");
        if (wrapped is not null && platform is not null && fields.Has("platformSpec"))
        {
            return Problem.Invalid($"{document.File}: two platform documents, one of them inside the first document");
        }

        // Faults name paths from the pipeline's own start; the line comes from where that is in the document.
        var spec = SpecReader.Read(wrapped ?? fields);
        var place = platform is not null ? new Fields((JsonObject)platform.Value, "", platform, faults) : wrapped is not null ? fields.Object("platformSpec") : null;
        if (place is not null)
        {
            spec = spec with { Platform = PlatformReader.Read(place) };
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new PipelineSource(spec, document) { Prefix = wrapped?.Path ?? "" };
    }

    private static JsonNode? Member(JsonObject map, string name) => map.TryGetPropertyValue(name, out var value) ? value : map[Names.ToSnake(name)];
}
