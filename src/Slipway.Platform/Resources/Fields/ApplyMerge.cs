using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>The two halves of an apply on the value itself: merging in what is wanted, and taking out what is no longer.</summary>
internal static class ApplyMerge
{
    /// <summary>A copy of <paramref name="live"/> with <paramref name="wanted"/> merged in: objects by member, map lists and sets by key, the rest replaced.</summary>
    public static JsonObject Merge(JsonObject live, JsonObject wanted, StructuralSchema? schema)
    {
        var result = (JsonObject)live.DeepClone();
        foreach (var (name, value) in wanted)
        {
            result[name] = MergeValue(result[name], value, schema?.Member(name));
        }

        return result;
    }

    /// <summary>
    /// Removes from <paramref name="value"/> the fields that were <paramref name="owned"/>, are not in <paramref name="kept"/> and that none of
    /// the <paramref name="others"/> owns.
    /// </summary>
    public static void Prune(JsonNode? value, FieldSet owned, FieldSet? kept, IReadOnlyList<FieldSet> others, StructuralSchema? schema)
    {
        foreach (var (element, child) in owned.Children)
        {
            var still = kept?.Children.GetValueOrDefault(element);
            var shared = others.Select(o => o.Children.GetValueOrDefault(element)).OfType<FieldSet>().ToList();
            var (member, memberSchema) = Find(value, element, schema);
            if (still is not null || shared.Count > 0)
            {
                Prune(member, child, still, shared, memberSchema);
                continue;
            }

            // Under a field that is only on the way, such as metadata, there may be members that nobody owns: they stay.
            if (!child.Owned && child.Children.Count > 0)
            {
                Prune(member, child, null, [], memberSchema);
            }

            if (child.Owned || child.Children.Count == 0 || member is JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                Remove(value, element, schema);
            }
        }
    }

    private static JsonNode? MergeValue(JsonNode? live, JsonNode? wanted, StructuralSchema? schema) => (live, wanted) switch
    {
        (JsonObject was, JsonObject now) when schema is not { AtomicMap: true } => Merge(was, now, schema),
        (JsonArray was, JsonArray now) when schema is { ListKind: not ListKind.Atomic } => MergeList(was, now, schema),
        _ => wanted?.DeepClone(),
    };

    private static JsonArray MergeList(JsonArray live, JsonArray wanted, StructuralSchema schema)
    {
        var result = (JsonArray)live.DeepClone();
        foreach (var item in wanted)
        {
            var at = ListKeys.Of(item, schema) is { } key ? ListKeys.IndexOf(result, key, schema) : -1;
            if (at < 0)
            {
                result.Add(item?.DeepClone());
            }
            else
            {
                var merged = MergeValue(result[at], item, schema.Items);
                result.RemoveAt(at);
                result.Insert(at, merged);
            }
        }

        return ListOrder.Follow(result, wanted, schema);
    }

    private static void Remove(JsonNode? value, string element, StructuralSchema? schema)
    {
        switch (value)
        {
            case JsonObject obj when element.StartsWith("f:", StringComparison.Ordinal):
                obj.Remove(element[2..]);
                break;
            case JsonArray array when ListKeys.IndexOf(array, element, schema) is var at and >= 0:
                array.RemoveAt(at);
                break;
        }
    }

    private static (JsonNode? Value, StructuralSchema? Schema) Find(JsonNode? value, string element, StructuralSchema? schema) => value switch
    {
        JsonObject obj when element.StartsWith("f:", StringComparison.Ordinal) => (obj[element[2..]], schema?.Member(element[2..])),
        JsonArray array when ListKeys.IndexOf(array, element, schema) is var at and >= 0 => (array[at], schema?.Items),
        _ => (null, null),
    };
}
