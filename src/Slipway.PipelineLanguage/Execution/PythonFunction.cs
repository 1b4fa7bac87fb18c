using System.Text.RegularExpressions;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What can be told from the source that a compiled Python component carries.</summary>
internal static partial class PythonFunction
{
    private const string Option = "--function_to_execute";

    /// <summary>
    /// Whether the function's return type allows None. The SDK's executor then writes no output at all, which must not count as a failure; the IR itself has no
    /// such thing as an optional output.
    /// </summary>
    public static bool MayReturnNothing(ContainerSpec container)
    {
        var at = container.Args.ToList().IndexOf(Option);
        if (at < 0 || at + 1 >= container.Args.Count)
        {
            return false;
        }

        var head = $"def {container.Args[at + 1]}(";
        foreach (var source in container.Command.Where(c => c.Contains(head, StringComparison.Ordinal)))
        {
            var start = source.LastIndexOf(head, StringComparison.Ordinal) + head.Length;
            if (Returns().Match(source, ClosingOf(source, start)) is { Success: true } match && Optional().IsMatch(match.Value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Behind the bracket that closes the parameters.</summary>
    private static int ClosingOf(string source, int start)
    {
        var depth = 1;
        for (var i = start; i < source.Length; i++)
        {
            depth += source[i] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i + 1;
            }
        }

        return source.Length;
    }

    [GeneratedRegex(@"\G\s*->[^\n]*(\n(?=[\s)\]])[^\n]*)*?:[ \t]*(#[^\n]*)?(\n|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Returns();

    [GeneratedRegex(@"\bOptional\s*\[|\|\s*None\b|\bNone\s*\||\bUnion\s*\[[^\]]*\bNone\b", RegexOptions.CultureInvariant)]
    private static partial Regex Optional();
}
