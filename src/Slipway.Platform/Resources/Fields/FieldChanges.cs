using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>How two values of one schema differ, field by field.</summary>
internal sealed class FieldChanges
{
    /// <summary>Fields that are new or have another value.</summary>
    public FieldSet Written { get; } = new();

    public FieldSet Removed { get; } = new();

    public bool None => Written.IsEmpty && Removed.IsEmpty;

    public static FieldChanges Between(JsonNode? before, JsonNode? after, StructuralSchema? schema)
    {
        var changes = new FieldChanges();
        Compare(before, after, schema, changes.Written, changes.Removed);
        changes.Written.Owned = false;
        changes.Removed.Owned = false;
        return changes;
    }

    private static void Compare(JsonNode? before, JsonNode? after, StructuralSchema? schema, FieldSet written, FieldSet removed)
    {
        switch (before, after)
        {
            case (JsonObject was, JsonObject now) when schema is not { AtomicMap: true } && (was.Count > 0 || now.Count > 0):
                CompareObjects(was, now, schema, written, removed);
                break;
            case (JsonArray was, JsonArray now) when schema is { ListKind: not ListKind.Atomic }:
                CompareLists(was, now, schema, written, removed);
                break;
            default:
                if (!JsonNode.DeepEquals(before, after))
                {
                    FieldSets.Fill(written, after, schema, parents: true);
                    if (before is JsonObject or JsonArray)
                    {
                        var gone = FieldSets.Of(before, schema, parents: true).Except(written);
                        Merge(removed, gone);
                    }
                }

                break;
        }
    }

    private static void CompareObjects(JsonObject was, JsonObject now, StructuralSchema? schema, FieldSet written, FieldSet removed)
    {
        foreach (var (name, value) in now)
        {
            var element = "f:" + name;
            if (!was.TryGetPropertyValue(name, out var old))
            {
                FieldSets.Fill(written.Child(element), value, schema?.Member(name), parents: true);
                continue;
            }

            Descend(element, old, value, schema?.Member(name), written, removed);
        }

        foreach (var (name, value) in was)
        {
            if (!now.ContainsKey(name))
            {
                FieldSets.Fill(removed.Child("f:" + name), value, schema?.Member(name), parents: true);
            }
        }

        // An object that was empty was a field of its own; filled, its place is taken by its members.
        if (was.Count == 0)
        {
            written.Owned = true;
        }
    }

    private static void CompareLists(JsonArray was, JsonArray now, StructuralSchema schema, FieldSet written, FieldSet removed)
    {
        var old = Index(was, schema);
        foreach (var (key, item) in Index(now, schema))
        {
            if (!old.Remove(key, out var before))
            {
                FieldSets.Fill(written.Child(key), item, schema.Items, parents: true);
                written.Children[key].Owned = true;
                continue;
            }

            Descend(key, before, item, schema.Items, written, removed);
        }

        foreach (var (key, item) in old)
        {
            FieldSets.Fill(removed.Child(key), item, schema.Items, parents: true);
            removed.Children[key].Owned = true;
        }
    }

    private static Dictionary<string, JsonNode?> Index(JsonArray array, StructuralSchema schema)
    {
        var index = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in array)
        {
            if (ListKeys.Of(item, schema) is { } key)
            {
                index[key] = item;
            }
        }

        return index;
    }

    private static void Descend(string element, JsonNode? before, JsonNode? after, StructuralSchema? schema, FieldSet written, FieldSet removed)
    {
        var (down, gone) = (new FieldSet(), new FieldSet());
        Compare(before, after, schema, down, gone);
        if (!down.IsEmpty)
        {
            written.Children[element] = down;
        }

        if (!gone.IsEmpty)
        {
            removed.Children[element] = gone;
        }
    }

    private static void Merge(FieldSet into, FieldSet from)
    {
        into.Owned |= from.Owned;
        foreach (var (element, child) in from.Children)
        {
            into.Children[element] = into.Children.TryGetValue(element, out var own) ? own.Union(child) : child;
        }
    }
}
