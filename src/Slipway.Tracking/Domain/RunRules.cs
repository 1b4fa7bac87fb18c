using System.Text.RegularExpressions;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Tracking.Domain;

/// <summary>What may be logged, with MLflow's limits, so that its clients see what they know (see its validation rules).</summary>
internal static partial class RunRules
{
    private const int LongestKey = 250;
    private const int LongestParameter = 6000;
    private const int LongestTag = 8000;
    private const int LongestName = 500;

    public static Problem? Check(RunStart run) => AsProblem(
    [
        Namespace(run.Namespace), RunId(run.RunId), Text("experiment", run.Experiment, LongestName, empty: false), Text("name", run.Name, LongestName),
        .. run.Tags.SelectMany(t => new[] { Key("tags", t.Key), Text($"tags.{t.Key}", t.Value, LongestTag) }),
    ]);

    public static Problem? Check(string ns, string runId) => AsProblem([Namespace(ns), RunId(runId)]);

    public static Problem? Check(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<RunMetric> metrics) => AsProblem(
    [
        .. parameters.SelectMany(p => new[] { Key("parameters", p.Key), Text($"parameters.{p.Key}", p.Value, LongestParameter) }),
        .. metrics.Select(m => Key("metrics", m.Key)),
        .. metrics.Where(m => m.Time < DateTimeOffset.UnixEpoch).Select(m => new Fault($"metrics.{m.Key}", "has a time before 1970")),
    ]);

    public static Fault? Namespace(string value) => NamespacePattern().IsMatch(value)
        ? null
        : new Fault("namespace", "is not a namespace; use at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit");

    public static Fault? RunId(string value) => RunIdPattern().IsMatch(value)
        ? null
        : new Fault("runId", "is not a run id; use letters, digits, '_' and '-', at most 256, starting with a letter or digit");

    /// <summary>Names may have folders as paths do, but must not lead out of them: they become file names in exports.</summary>
    public static Fault? Key(string path, string key)
    {
        var fine = key.Length is > 0 and <= LongestKey && KeyPattern().IsMatch(key)
            && key.Split('/').All(part => part is not ("" or "." or ".."));
        return fine
            ? null
            : new Fault(path, $"has the name '{Shown(key)}'; use at most {LongestKey} letters, digits, '_', '-', '.', ':', spaces and '/' between parts, without '..'");
    }

    private static Fault? Text(string path, string value, int longest, bool empty = true)
    {
        if (value.Length == 0 && !empty)
        {
            return new Fault(path, "is empty; give a value");
        }

        if (value.Length > longest)
        {
            return new Fault(path, $"has {value.Length} characters; at most {longest} are kept");
        }

        // PostgreSQL's text cannot hold NUL, and half of a surrogate pair is no text in UTF-8.
        return value.Contains('\0', StringComparison.Ordinal) || HasLoneSurrogate(value)
            ? new Fault(path, "has characters that are no text (NUL or half of a surrogate pair); take them out")
            : null;
    }

    // Every rune beyond the first plane is one pair; a surrogate too many stands alone.
    private static bool HasLoneSurrogate(string value) => value.Count(char.IsSurrogate) != 2 * value.EnumerateRunes().Count(r => !r.IsBmp);

    private static string Shown(string value) => string.Concat(value.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));

    private static Problem? AsProblem(IEnumerable<Fault?> all)
    {
        Fault[] faults = [.. all.OfType<Fault>()];
        return faults.Length == 0 ? null : Problem.Invalid(faults);
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"\A[a-zA-Z0-9][\w\-]{0,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RunIdPattern();

    [GeneratedRegex(@"\A[/\w.\- :]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
