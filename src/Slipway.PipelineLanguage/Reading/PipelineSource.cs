using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>A pipeline that was read, with where its parts stand.</summary>
public sealed record PipelineSource(PipelineSpec Spec, SourceDocument Document)
{
    /// <summary>The pipeline's own fields stand below this path of the document: empty, or <c>pipelineSpec</c> for a wrapped one.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>A fault that says file and line.</summary>
    public Fault FaultAt(string path, string message) =>
        new($"{Document.File}:{Document.Lines.Of(Prefix.Length == 0 ? path : $"{Prefix}.{path}").Line}: {path}", message);

    public SourcePosition PositionOf(string path) => Document.Lines.Of(Prefix.Length == 0 ? path : $"{Prefix}.{path}");
}
