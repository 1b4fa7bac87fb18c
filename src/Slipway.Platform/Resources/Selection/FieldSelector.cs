using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Resources.Selection;

/// <summary>Kubernetes field selectors: <c>metadata.name=x,status.phase!=Failed</c>. A field that is absent reads as empty.</summary>
public sealed class FieldSelector
{
    private static readonly string[] Refused = ["apiVersion", "kind", ""];

    private readonly List<(string[] Path, bool Equal, string Value)> _terms = [];

    public static FieldSelector Everything { get; } = new();

    public bool IsEverything => _terms.Count == 0;

    /// <summary>The name that the selector pins down, so that a list or watch of one object reads one row; null when it does not.</summary>
    public string? ExactName =>
        _terms.FirstOrDefault(t => t.Equal && t.Path is ["metadata", "name"]) is { Path: not null } term ? term.Value : null;

    public static Result<FieldSelector> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var selector = new FieldSelector();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equal = part.IndexOf('=', StringComparison.Ordinal);
            if (equal <= 0)
            {
                return Problem.Invalid($"field selector: cannot read '{part}'; write path=value, such as metadata.name=housing or status.phase!=Failed");
            }

            var negated = part[equal - 1] == '!';
            string[] path = [.. part[..(negated ? equal - 1 : equal)].Trim().Split('.')];
            var value = part[(equal + 1)..];
            if (Array.Exists(path, s => s.Length == 0) || Refused.Contains(path[0]))
            {
                return Problem.Invalid($"field selector: '{string.Join('.', path)}' is no field; start with metadata, spec, status or another member of the object");
            }

            selector._terms.Add((path, !negated, value.StartsWith('=') ? value[1..] : value));
        }

        return selector;
    }

    public bool Matches(JsonObject obj)
    {
        foreach (var (path, equal, value) in _terms)
        {
            if ((Read(obj, path) == value) != equal)
            {
                return false;
            }
        }

        return true;
    }

    private static string Read(JsonObject obj, string[] path)
    {
        JsonNode? node = obj;
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node switch
        {
            null => "",
            JsonValue v when v.GetValueKind() == JsonValueKind.String => (string)v!,
            _ => node.ToJsonString(),
        };
    }
}
