using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Which values may go where.</summary>
internal static class Types
{
    /// <summary>Null when the value of one type may go into an input of another; else why not, and whether it can never work.</summary>
    public static (bool IsError, string Message)? Mismatch(ParameterType from, ParameterType to) => (from, to) switch
    {
        _ when from == to || from == ParameterType.Unspecified || to is ParameterType.Unspecified or ParameterType.String => null,
        (ParameterType.NumberInteger, ParameterType.NumberDouble) => null,
        (ParameterType.TaskFinalStatus or ParameterType.TaskConfig, ParameterType.Struct) or (ParameterType.Struct, ParameterType.TaskFinalStatus or ParameterType.TaskConfig) => null,
        (ParameterType.NumberDouble, ParameterType.NumberInteger) => (false, "takes a whole number, and is given a number that may have a fraction"),
        _ => (true, $"takes {ParameterValues.Name(to)}, and is given {ParameterValues.Name(from)}"),
    };

    /// <summary>Null when the artifacts may go there; else why not.</summary>
    public static string? Mismatch(ArtifactType from, ArtifactType to) =>
        from.Title == to.Title || from.Title == ArtifactType.AnyTitle || to.Title == ArtifactType.AnyTitle ? null : $"takes a {to.Title}, and is given a {from.Title}";
}
