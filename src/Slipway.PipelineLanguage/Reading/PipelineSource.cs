using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>A pipeline that was read, with where its parts stand.</summary>
public sealed record PipelineSource(PipelineSpec Spec, SourceDocument Document)
{
    /// <summary>The pipeline's own fields stand below this path of the document: empty, or <c>pipelineSpec</c> for a wrapped one.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Finds a part of the pipeline in a text that is in another form; null for the IR itself.</summary>
    public Func<string, string>? Locate { get; init; }

    public SourcePosition PositionOf(string path) =>
        Document.Lines.Of(Locate is { } locate ? locate(path) : Prefix.Length == 0 ? path : $"{Prefix}.{path}");
}
