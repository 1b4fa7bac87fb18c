using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>An element of a command line that is JSON: <c>{"Concat": [...]}</c> or <c>{"IfPresent": {"InputName", "Then", "Else"}}</c>, in each other as deep as wanted.</summary>
internal static class StructPlaceholder
{
    private const int MostDepth = 50;

    /// <summary>Whether an element has that form; the JSON is read into <paramref name="node"/>.</summary>
    public static bool Is(string element, out JsonObject? node)
    {
        node = null;
        var text = element.AsSpan().TrimStart();
        if (text is not ['{', ..] || text[1..].TrimStart() is not ['"', 'C' or 'I', ..])
        {
            return false;
        }

        node = ParameterValues.Json(element).TryGet(out var json, out _) ? json as JsonObject : null;
        return node is { Count: 1 } && (node["Concat"] is JsonArray || node["IfPresent"] is JsonObject);
    }

    /// <summary>The elements that it becomes: none, one, or as many as <c>Then</c> or <c>Else</c> lists.</summary>
    /// <param name="node">The placeholder.</param>
    /// <param name="isPresent">Whether an input has a value.</param>
    /// <param name="resolve">Resolves the placeholders in a text.</param>
    public static Result<IReadOnlyList<string>> Resolve(JsonObject node, Func<string, bool> isPresent, Func<string, string> resolve)
    {
        var elements = new List<string>();
        return Add(node, elements, isPresent, resolve, 0) is { } fault ? Problem.Invalid(fault) : elements;
    }

    private static string? Add(JsonNode? node, List<string> elements, Func<string, bool> isPresent, Func<string, string> resolve, int depth)
    {
        if (depth > MostDepth)
        {
            return $"a placeholder nests deeper than {MostDepth}";
        }

        switch (node)
        {
            case null:
                return null;
            case JsonArray list:
                return list.Select(item => Add(item, elements, isPresent, resolve, depth + 1)).FirstOrDefault(fault => fault is not null);
            case JsonObject { Count: 1 } map when map["Concat"] is JsonArray parts:
                var joined = new List<string>();
                var wrong = Add(parts, joined, isPresent, resolve, depth + 1);
                elements.Add(string.Concat(joined));
                return wrong;
            case JsonObject { Count: 1 } map when map["IfPresent"] is JsonObject choice:
                return choice["InputName"] is JsonValue named && named.TryGetValue<string>(out var input)
                    ? Add(choice[isPresent(input) ? "Then" : "Else"], elements, isPresent, resolve, depth + 1)
                    : "IfPresent needs InputName";
            case JsonValue value when value.TryGetValue<string>(out var text):
                elements.Add(resolve(text));
                return null;
            default:
                return $"a placeholder holds {ParameterValues.Describe(node)}, where only text, Concat and IfPresent may stand";
        }
    }
}
