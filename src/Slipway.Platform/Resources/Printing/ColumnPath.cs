using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Printing;

/// <summary>
/// The part of Kubernetes' JSONPath that printer columns use: members (<c>.a.b</c>, <c>.a['x.y/z']</c>, <c>.a\.b</c>), indexes (<c>[0]</c>, <c>[-1]</c>),
/// all items (<c>[*]</c>) and one filter (<c>[?(@.type=='Ready')]</c>).
/// </summary>
public sealed class ColumnPath
{
    private readonly List<Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>> _steps = [];

    private ColumnPath()
    {
    }

    /// <exception cref="FormatException">The path is not of the supported form: a mistake in a kind's columns.</exception>
    public static ColumnPath Parse(string text)
    {
        var path = new ColumnPath();
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                var name = ReadName(text, ref at);
                path._steps.Add(nodes => nodes.Select(n => (n as JsonObject)?[name]));
            }
            else if (text[at] == '[')
            {
                var close = FindClose(text, at);
                path._steps.Add(Bracket(text[(at + 1)..close], text));
                at = close + 1;
            }
            else
            {
                throw new FormatException($"cannot read the column path '{text}' at {at}");
            }
        }

        return path;
    }

    /// <summary>The first value found, or null.</summary>
    public JsonNode? Find(JsonObject obj) => All(obj).FirstOrDefault();

    public IEnumerable<JsonNode?> All(JsonObject obj)
    {
        IEnumerable<JsonNode?> nodes = [obj];
        foreach (var step in _steps)
        {
            nodes = step(nodes).Where(n => n is not null);
        }

        return nodes;
    }

    private static string ReadName(string text, ref int at)
    {
        var name = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] is not ('.' or '['); at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            name.Append(text[at]);
        }

        return name.ToString();
    }

    private static int FindClose(string text, int open)
    {
        var quoted = false;
        for (var i = open; i < text.Length; i++)
        {
            quoted ^= text[i] == '\'';
            if (text[i] == ']' && !quoted)
            {
                return i;
            }
        }

        throw new FormatException($"no ] in the column path '{text}'");
    }

    private static Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>> Bracket(string inner, string text)
    {
        if (inner == "*")
        {
            return nodes => nodes.SelectMany(n => n switch { JsonArray a => a, JsonObject o => o.Select(p => p.Value), _ => Enumerable.Empty<JsonNode?>() });
        }

        if (int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return nodes => nodes.Select(n => n is JsonArray a && (index < 0 ? a.Count + index : index) is var i && i >= 0 && i < a.Count ? a[i] : null);
        }

        if (inner.Length > 2 && inner[0] == '\'' && inner[^1] == '\'')
        {
            var name = inner[1..^1];
            return nodes => nodes.Select(n => (n as JsonObject)?[name]);
        }

        if (inner.StartsWith("?(@.", StringComparison.Ordinal) && inner.EndsWith(')') && inner.IndexOf("==", StringComparison.Ordinal) is var equal and > 0)
        {
            string[] member = inner[4..equal].Trim().Split('.');
            var value = inner[(equal + 2)..^1].Trim().Trim('\'', '"');
            return nodes => nodes.SelectMany(n => n as JsonArray ?? []).Where(i => Text(Descend(i, member)) == value);
        }

        throw new FormatException($"cannot read [{inner}] in the column path '{text}'");
    }

    private static JsonNode? Descend(JsonNode? node, string[] path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    private static string? Text(JsonNode? node) => node is JsonValue v && v.GetValueKind() == JsonValueKind.String ? (string?)v : node?.ToJsonString();
}
