using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Patches;

/// <summary>
/// Kubernetes' strategic merge: a merge patch in which the lists that the schema names as map lists merge by key, with the directives
/// that kubectl writes: <c>$patch: delete|replace</c>, <c>$setElementOrder/x</c>, <c>$deleteFromPrimitiveList/x</c>, <c>$retainKeys</c>.
/// </summary>
public static class StrategicPatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string Order = "$setElementOrder/";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";

    /// <returns>The patched copy; both arguments are left alone.</returns>
    public static JsonObject Apply(JsonObject target, JsonObject patch, StructuralSchema? schema) =>
        MergeObject(target, patch, schema) ?? [];

    private static string? DirectiveOf(JsonNode? node) =>
        node is JsonObject obj && obj[Directive] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>Null when the patch deletes the object.</summary>
    private static JsonObject? MergeObject(JsonObject? target, JsonObject patch, StructuralSchema? schema)
    {
        var directive = DirectiveOf(patch);
        if (directive == "delete")
        {
            return null;
        }

        var result = target is null || directive == "replace" ? [] : (JsonObject)target.DeepClone();
        if (patch[RetainKeys] is JsonArray retained)
        {
            foreach (var name in result.Select(p => p.Key).Except(retained.Select(TextOf)).ToList())
            {
                result.Remove(name!);
            }
        }

        foreach (var (name, change) in patch)
        {
            if (name.StartsWith(DeleteFrom, StringComparison.Ordinal) && change is JsonArray gone)
            {
                RemoveValues(result, name[DeleteFrom.Length..], gone);
            }
            else if (!name.StartsWith('$'))
            {
                MergeMember(result, name, change, schema?.Member(name));
            }
        }

        foreach (var (name, order) in patch)
        {
            if (name.StartsWith(Order, StringComparison.Ordinal) && order is JsonArray wanted && result[name[Order.Length..]] is JsonArray list)
            {
                result[name[Order.Length..]] = ListOrder.Follow(list, wanted, schema?.Member(name[Order.Length..]));
            }
        }

        return result;
    }

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static void MergeMember(JsonObject result, string name, JsonNode? change, StructuralSchema? schema)
    {
        switch (change)
        {
            case null:
                result.Remove(name);
                break;
            case JsonObject obj:
                var merged = MergeObject(result[name] as JsonObject, obj, schema);
                if (merged is null)
                {
                    result.Remove(name);
                }
                else
                {
                    result[name] = merged;
                }

                break;
            case JsonArray array when schema is { ListKind: ListKind.Map or ListKind.Set }:
                result[name] = MergeList(result[name] as JsonArray, array, schema);
                break;
            default:
                result[name] = change.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray? target, JsonArray patch, StructuralSchema schema)
    {
        var replace = patch.Any(i => DirectiveOf(i) == "replace" && ListKeys.Of(i, schema) is null);
        var result = target is null || replace ? [] : (JsonArray)target.DeepClone();
        foreach (var item in patch)
        {
            if (ListKeys.Of(item, schema) is not { } key)
            {
                if (DirectiveOf(item) is null)
                {
                    result.Add(item?.DeepClone());
                }

                continue;
            }

            var at = ListKeys.IndexOf(result, key, schema);
            if (item is not JsonObject change)
            {
                if (at < 0)
                {
                    result.Add(item?.DeepClone());
                }

                continue;
            }

            var merged = MergeObject(at < 0 ? null : result[at] as JsonObject, change, schema.Items);
            if (at >= 0)
            {
                result.RemoveAt(at);
            }

            if (merged is not null)
            {
                result.Insert(at < 0 ? result.Count : at, merged);
            }
        }

        return result;
    }

    private static void RemoveValues(JsonObject result, string name, JsonArray gone)
    {
        if (result[name] is JsonArray list)
        {
            result[name] = new JsonArray([.. list.Where(v => !gone.Any(g => JsonNode.DeepEquals(g, v))).Select(v => v?.DeepClone())]);
        }
    }
}
