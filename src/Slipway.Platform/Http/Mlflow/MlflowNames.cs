using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>MLflow's rules for names, ids and lengths, with its messages. Each answers null when all is well.</summary>
public static partial class MlflowNames
{
    public const int LongestKey = 250;

    private const string Characters =
        "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).";

    public static Problem? RunId(string id, string path = "run_id") => RunIdPattern().IsMatch(id) ? null : InvalidValue(path, id, null);

    public static Problem? ExperimentId(string id) => ExperimentIdPattern().IsMatch(id) ? null : Problem.Invalid($"Invalid experiment ID: '{Shown(id)}'");

    public static Problem? ExperimentName(string? name) => string.IsNullOrEmpty(name)
        ? Problem.Invalid($"Invalid experiment name: '{name}'")
        : Length("name", 500, name);

    /// <summary>Of a metric, parameter or tag: names may have folders as paths do, but must not lead out of them, since they become file names.</summary>
    /// <param name="path">What the message calls it: <c>metrics[3].name</c>.</param>
    public static Problem? Key(string key, string path)
    {
        if (key.Length == 0)
        {
            return InvalidValue(path, "", "A key name must be provided.");
        }

        if (!KeyPattern().IsMatch(key))
        {
            return InvalidValue(path, key, Characters);
        }

        return IsNormalPath(key)
            ? null
            : InvalidValue(
                path, key, $"Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '{NormalPath(key)}'");
    }

    /// <param name="what">What the message calls it: <c>Metric name</c>.</param>
    public static Problem? Length(string what, int most, string? value) => value is null || value.Length <= most
        ? null
        : Problem.Invalid($"'{what}' exceeds the maximum length of {most} characters");

    /// <summary>Cut to <paramref name="most"/> characters, not inside a surrogate pair: what MLflow does to long values unless told otherwise.</summary>
    public static string Cut(string value, int most) => value.Length <= most ? value : value[..(char.IsHighSurrogate(value[most - 1]) ? most - 1 : most)];

    /// <summary>Of a registered model's alias.</summary>
    public static Problem? Alias(string? alias)
    {
        if (string.IsNullOrEmpty(alias))
        {
            return Problem.Invalid("Registered model alias name cannot be empty.");
        }

        if (!AliasPattern().IsMatch(alias))
        {
            return Problem.Invalid($"Invalid alias name: '{Shown(alias)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
        }

        if (Length("Registered model alias name", 255, alias) is { } tooLong)
        {
            return tooLong;
        }

        return alias.Equals("latest", StringComparison.OrdinalIgnoreCase)
            ? Problem.Invalid("'latest' alias name (case insensitive) is reserved.")
            : VersionPattern().IsMatch(alias) ? Problem.Invalid($"Version alias name '{alias}' is reserved.") : null;
    }

    /// <summary><c>Invalid value "V" for parameter 'P' supplied: MESSAGE</c></summary>
    public static Problem InvalidValue(string path, string value, string? message)
    {
        var shown = JsonSerializer.Serialize(Shown(value), ShownJson.Default.String);
        return Problem.Invalid($"Invalid value {shown} for parameter '{path}' supplied{(message is null ? "." : ": " + message)}");
    }

    private static string Shown(string value) => Cut(value, 500);

    private static bool IsNormalPath(string key)
    {
        if (key[0] == '/' || key[^1] == '/')
        {
            return false;
        }

        foreach (var range in key.AsSpan().Split('/'))
        {
            if (key.AsSpan(range) is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    private static string NormalPath(string key)
    {
        var parts = new List<string>();
        foreach (var part in key.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or ".") && !(part == ".." && key[0] == '/'))
            {
                parts.Add(part);
            }
        }

        var joined = (key[0] == '/' ? "/" : "") + string.Join('/', parts);
        return joined.Length == 0 ? "." : joined;
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9][\w\-]{0,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RunIdPattern();

    [GeneratedRegex(@"\A[a-zA-Z0-9][\w\-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ExperimentIdPattern();

    [GeneratedRegex(@"\A[/\w.\- :]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"\A[\w\-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();

    [GeneratedRegex(@"\A[vV]\d+\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    [System.Text.Json.Serialization.JsonSerializable(typeof(string))]
    private sealed partial class ShownJson : System.Text.Json.Serialization.JsonSerializerContext;
}
