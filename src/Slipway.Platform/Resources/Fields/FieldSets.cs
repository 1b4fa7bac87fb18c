using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>Which fields a value sets, seen through its schema.</summary>
internal static class FieldSets
{
    /// <summary>Kept by the server; no manager owns them.</summary>
    private static readonly string[] ServerMetadata =
    [
        "name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "selfLink", "managedFields",
        "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    ];

    /// <summary>The part of an object that managers own.</summary>
    /// <param name="skip">Top-level members that this request does not write, such as <c>status</c>.</param>
    public static JsonObject Ownable(JsonObject whole, params ReadOnlySpan<string> skip)
    {
        var copy = (JsonObject)whole.DeepClone();
        copy.Remove("apiVersion");
        copy.Remove("kind");
        foreach (var name in skip)
        {
            copy.Remove(name);
        }

        if (copy["metadata"] is JsonObject metadata)
        {
            foreach (var name in ServerMetadata)
            {
                metadata.Remove(name);
            }

            if (metadata.Count == 0)
            {
                copy.Remove("metadata");
            }
        }

        return copy;
    }

    /// <summary>
    /// The fields an apply sets: its leaves, and the items of map lists. With <paramref name="parents"/> the objects and lists on the way
    /// count as well: that is how an update that adds a whole branch is recorded.
    /// </summary>
    public static FieldSet Of(JsonNode? value, StructuralSchema? schema, bool parents = false)
    {
        var set = new FieldSet();
        Fill(set, value, schema, parents);
        set.Owned = false;
        return set;
    }

    internal static void Fill(FieldSet into, JsonNode? value, StructuralSchema? schema, bool parents)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } obj when schema is not { AtomicMap: true }:
                into.Owned |= parents;
                foreach (var (name, member) in obj)
                {
                    Fill(into.Child("f:" + name), member, schema?.Member(name), parents);
                }

                break;
            case JsonArray { Count: > 0 } array when schema is { ListKind: not ListKind.Atomic }:
                into.Owned |= parents;
                foreach (var item in array)
                {
                    if (ListKeys.Of(item, schema) is { } key)
                    {
                        var child = into.Child(key);
                        Fill(child, item, schema.Items, parents);
                        child.Owned = true;
                    }
                }

                break;
            default:
                into.Owned = true;
                break;
        }
    }
}
