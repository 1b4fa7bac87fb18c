using Slipway.Kernel.Problems;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Something wrong with a pipeline, found without running it.</summary>
/// <param name="IsError">An error keeps the pipeline from being run; anything else is a warning.</param>
/// <param name="Path">The part of the pipeline, such as <c>root.dag.tasks.train.inputs.parameters.rate</c>.</param>
/// <param name="Message">What is wrong, and the cure.</param>
public sealed record Finding(bool IsError, string Path, string Message)
{
    public string File { get; init; } = "";

    /// <summary>Counts from 1; 0 when the pipeline came without a text.</summary>
    public int Line { get; init; }

    public int Column { get; init; }

    public Fault ToFault() => new(Line > 0 ? $"{File}:{Line}: {Path}" : Path, Message);
}
