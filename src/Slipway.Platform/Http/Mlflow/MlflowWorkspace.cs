using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>The workspace of a call, which is one of our namespaces: header <c>X-MLFLOW-WORKSPACE</c>, or <c>default</c>.</summary>
public static partial class MlflowWorkspace
{
    public const string Header = "X-MLFLOW-WORKSPACE";
    public const string Default = "default";

    public static Result<string> Of(HttpRequest request)
    {
        string? name = request.Headers[Header];
        return string.IsNullOrWhiteSpace(name) ? Default : Check(name.Trim());
    }

    /// <summary>The name itself when it can be one of a workspace.</summary>
    public static Result<string> Check(string name) => name == Default || Pattern().IsMatch(name)
        ? name
        : Problem.Invalid($"Invalid workspace name '{Shown(name)}': use at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit.");

    private static string Shown(string name) => string.Concat(name.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
