using Slipway.Kernel.Problems;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>Hands in the text of a file that a pipeline names, relative to the pipeline's own file. The language itself opens nothing.</summary>
/// <param name="path">As written, without <c>..</c> and not absolute.</param>
public delegate Result<string> FileReader(string path);

/// <summary>Readers for callers that have no files.</summary>
public static class NoFiles
{
    public static Result<string> Read(string path) => Problem.Invalid($"{path} cannot be read here; compile the pipeline where the file is (slipway pipeline compile) and submit the result");
}
