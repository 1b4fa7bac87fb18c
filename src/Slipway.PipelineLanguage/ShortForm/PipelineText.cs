using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Packages;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>A pipeline in whatever form it comes: the IR, a package of it, or the short form.</summary>
public static class PipelineText
{
    /// <param name="bytes">The file.</param>
    /// <param name="file">What it is called in messages.</param>
    /// <param name="files">Reads what a short form names; <see cref="NoFiles.Read"/> where there are no files.</param>
    public static Result<PipelineSource> Read(byte[] bytes, string file, FileReader files) =>
        PackageReader.PipelineText(bytes, file).Then(found => SourceText.Read(found.Bytes, found.Name).Then(documents =>
            documents.Count == 1 && ShortFormCompiler.IsShortForm(documents[0]) ? ShortFormCompiler.Compile(documents[0], files) : PipelineReader.Read(documents, found.Name)));
}
