using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Fields;

/// <summary>
/// A set of fields as a tree, in the FieldsV1 form of managedFields: an element is <c>f:name</c>, <c>k:{"name":"x"}</c> or <c>v:"x"</c>;
/// a leaf is owned, an inner node is owned as well when it has the element <c>.</c>.
/// </summary>
internal sealed class FieldSet
{
    public bool Owned { get; set; }

    public SortedDictionary<string, FieldSet> Children { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => !Owned && Children.Count == 0;

    public FieldSet Child(string element)
    {
        if (!Children.TryGetValue(element, out var child))
        {
            Children[element] = child = new FieldSet();
        }

        return child;
    }

    public FieldSet Clone()
    {
        var copy = new FieldSet { Owned = Owned };
        foreach (var (element, child) in Children)
        {
            copy.Children[element] = child.Clone();
        }

        return copy;
    }

    public FieldSet Union(FieldSet other)
    {
        var result = Clone();
        result.Owned |= other.Owned;
        foreach (var (element, child) in other.Children)
        {
            result.Children[element] = result.Children.TryGetValue(element, out var own) ? own.Union(child) : child.Clone();
        }

        return result;
    }

    public FieldSet Except(FieldSet other)
    {
        var result = new FieldSet { Owned = Owned && !other.Owned };
        foreach (var (element, child) in Children)
        {
            var left = other.Children.TryGetValue(element, out var gone) ? child.Except(gone) : child.Clone();
            if (!left.IsEmpty)
            {
                result.Children[element] = left;
            }
        }

        return result;
    }

    public FieldSet Intersect(FieldSet other)
    {
        var result = new FieldSet { Owned = Owned && other.Owned };
        foreach (var (element, child) in Children)
        {
            if (other.Children.TryGetValue(element, out var same) && child.Intersect(same) is { IsEmpty: false } both)
            {
                result.Children[element] = both;
            }
        }

        return result;
    }

    public bool SameAs(FieldSet other) =>
        Owned == other.Owned && Children.Count == other.Children.Count
        && Children.All(c => other.Children.TryGetValue(c.Key, out var child) && c.Value.SameAs(child));

    /// <summary>The owned fields as people write them: <c>.spec.steps[name="a"].image</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Owned && prefix.Length > 0)
        {
            yield return prefix;
        }

        foreach (var (element, child) in Children)
        {
            foreach (var path in child.Paths(prefix + Spell(element)))
            {
                yield return path;
            }
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Owned && Children.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach (var (element, child) in Children)
        {
            json[element] = child.ToJson();
        }

        return json;
    }

    /// <summary>Reads FieldsV1; null when it is not of that form.</summary>
    public static FieldSet? Parse(JsonNode? json)
    {
        if (json is not JsonObject root)
        {
            return null;
        }

        var set = new FieldSet();
        foreach (var (element, value) in root)
        {
            if (element == ".")
            {
                set.Owned = true;
                continue;
            }

            if (element.Length < 3 || element[1] != ':' || element[0] is not ('f' or 'k' or 'v' or 'i') || Parse(value) is not { } child)
            {
                return null;
            }

            child.Owned |= child.Children.Count == 0;
            set.Children[element] = child;
        }

        return set;
    }

    private static string Spell(string element)
    {
        var rest = element[2..];
        switch (element[0])
        {
            case 'f':
                return $".{rest}";
            case 'k' when JsonNode.Parse(rest) is JsonObject key:
                return $"[{string.Join(',', key.Select(p => $"{p.Key}={p.Value?.ToJsonString() ?? "null"}"))}]";
            default:
                return $"[={rest}]";
        }
    }
}
