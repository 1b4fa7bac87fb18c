using System.Text.RegularExpressions;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary><c>$(NAME)</c> in the value of an environment variable, as Kubernetes does it: names that were defined before; others stay; <c>$$(NAME)</c> is <c>$(NAME)</c>.</summary>
internal static partial class VariableReferences
{
    public static string Expand(string value, IReadOnlyList<EnvironmentVariable> before) =>
        value.Contains('$') ? Reference().Replace(value, m => m.Value[1] == '$' ? m.Value[1..] : before.LastOrDefault(v => v.Name == m.Groups["name"].Value)?.Value ?? m.Value) : value;

    [GeneratedRegex(@"\$?\$\((?<name>[^()]+)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
