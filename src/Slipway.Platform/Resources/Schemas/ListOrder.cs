using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>Brings a merged list into the order that the caller wrote.</summary>
internal static class ListOrder
{
    /// <summary>A copy in which items named by <paramref name="wanted"/> come in that order; the others keep their place behind the item they followed.</summary>
    public static JsonArray Follow(JsonArray list, JsonArray wanted, StructuralSchema? schema)
    {
        string KeyOf(JsonNode? item) => ListKeys.Of(item, schema) ?? item?.ToJsonString() ?? "";
        var rank = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in wanted)
        {
            rank.TryAdd(KeyOf(item), rank.Count);
        }

        var last = -1;
        var placed = new List<(int Rank, JsonNode? Item)>();
        foreach (var item in list)
        {
            last = rank.TryGetValue(KeyOf(item), out var own) ? own : last;
            placed.Add((last, item?.DeepClone()));
        }

        return new JsonArray([.. placed.OrderBy(p => p.Rank).Select(p => p.Item)]);
    }
}
