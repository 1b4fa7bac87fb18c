using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Domain;

internal abstract record PlaceholderReference
{
    private PlaceholderReference()
    {
    }

    public sealed record Parameter(string Name) : PlaceholderReference;

    public sealed record StepOutput(string Step, string Output) : PlaceholderReference;

    public sealed record RunId : PlaceholderReference;

    public sealed record Unreadable(string Text) : PlaceholderReference;
}

/// <summary>
/// <c>${{ params.NAME }}</c>, <c>${{ steps.STEP.outputs.NAME }}</c> and <c>${{ run.id }}</c> in the values of a step's <c>with</c>.
/// A value that is one placeholder and nothing else keeps its JSON type; inside a longer text it becomes text.
/// </summary>
internal static partial class Placeholders
{
    [GeneratedRegex(@"\$\{\{\s*(.*?)\s*\}\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^(?:params\.(?<p>[\w-]+)|steps\.(?<s>[\w-]+)\.outputs\.(?<o>[\w-]+)|(?<r>run\.id))$", RegexOptions.CultureInvariant)]
    private static partial Regex Inner();

    public static IEnumerable<PlaceholderReference> ReferencesIn(JsonNode? node) => node switch
    {
        JsonObject obj => obj.SelectMany(p => ReferencesIn(p.Value)),
        JsonArray array => array.SelectMany(ReferencesIn),
        JsonValue value when value.TryGetValue<string>(out var text) => ReferencesIn(text),
        _ => [],
    };

    public static IEnumerable<PlaceholderReference> ReferencesIn(string text)
    {
        var after = 0;
        foreach (Match match in Pattern().Matches(text))
        {
            after = match.Index + match.Length;
            yield return Read(match.Groups[1].Value);
        }

        // One that is never closed would otherwise travel on as text.
        if (text.IndexOf("${{", after, StringComparison.Ordinal) is >= 0 and var open)
        {
            yield return new PlaceholderReference.Unreadable(text[open..]);
        }
    }

    /// <summary>Fills in. An output that the step did not produce is a problem; the outputs of a skipped step are null.</summary>
    public static Result<JsonNode?> Resolve(
        JsonNode? node, JsonObject parameters, string runId, IReadOnlyDictionary<string, JsonObject?> outputs)
    {
        switch (node)
        {
            case JsonObject obj:
                var members = new JsonObject();
                foreach (var (name, value) in obj)
                {
                    if (!Resolve(value, parameters, runId, outputs).TryGet(out var resolved, out var problem))
                    {
                        return problem;
                    }

                    members[name] = resolved;
                }

                return members;
            case JsonArray array:
                var items = new JsonArray();
                foreach (var item in array)
                {
                    if (!Resolve(item, parameters, runId, outputs).TryGet(out var resolved, out var problem))
                    {
                        return problem;
                    }

                    items.Add(resolved);
                }

                return items;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return ResolveText(text, parameters, runId, outputs);
            default:
                return Result.From(node?.DeepClone());
        }
    }

    /// <summary>Whether a value counts as yes in an <c>if</c>: not null, not false, not 0, not empty, not "false".</summary>
    public static bool IsTruthy(JsonNode? node) => node switch
    {
        null => false,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length > 0 && text != "false",
        // By way of its text, since a number set in code answers to its own type only.
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) != 0,
        _ => true,
    };

    private static Result<JsonNode?> ResolveText(
        string text, JsonObject parameters, string runId, IReadOnlyDictionary<string, JsonObject?> outputs)
    {
        var matches = Pattern().Matches(text);
        if (matches.Count == 0)
        {
            return (JsonNode?)JsonValue.Create(text);
        }

        Problem? problem = null;
        JsonNode? Find(Match match)
        {
            switch (Read(match.Groups[1].Value))
            {
                case PlaceholderReference.Parameter p:
                    return parameters[p.Name];
                case PlaceholderReference.RunId:
                    return JsonValue.Create(runId);
                case PlaceholderReference.StepOutput o when outputs.TryGetValue(o.Step, out var made):
                    if (made is not null && !made.ContainsKey(o.Output))
                    {
                        problem ??= Problem.Invalid($"step '{o.Step}' has no output '{o.Output}'; it has: {string.Join(", ", made.Select(p => p.Key))}");
                    }

                    return made?[o.Output];
                default:
                    problem ??= Problem.Invalid($"cannot resolve '{match.Value}'");
                    return null;
            }
        }

        var result = matches.Count == 1 && matches[0].Length == text.Length
            ? Find(matches[0])?.DeepClone()
            : JsonValue.Create(Pattern().Replace(text, m => AsText(Find(m))));
        return problem is null ? Result.From(result) : problem;
    }

    private static string AsText(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(),
    };

    private static PlaceholderReference Read(string inner)
    {
        var match = Inner().Match(inner);
        return !match.Success ? new PlaceholderReference.Unreadable(inner)
            : match.Groups["p"].Success ? new PlaceholderReference.Parameter(match.Groups["p"].Value)
            : match.Groups["r"].Success ? new PlaceholderReference.RunId()
            : new PlaceholderReference.StepOutput(match.Groups["s"].Value, match.Groups["o"].Value);
    }
}
