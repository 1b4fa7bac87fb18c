using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>
/// The identity of an item in a list, in the form that managedFields uses: <c>k:{"name":"web"}</c> for map lists, <c>v:"a"</c> for sets.
/// Merging, ownership and duplicate checks all tell items apart by it.
/// </summary>
public static class ListKeys
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null for atomic lists and for items that lack every key.</summary>
    public static string? Of(JsonNode? item, StructuralSchema? list)
    {
        switch (list?.ListKind)
        {
            case ListKind.Set when item is JsonValue:
                return "v:" + item.ToJsonString(Plain);
            case ListKind.Map when item is JsonObject obj:
                var key = new JsonObject();
                foreach (var name in list.ListMapKeys.Order(StringComparer.Ordinal))
                {
                    var value = obj[name] ?? list.Items?.Member(name)?.Default;
                    if (value is JsonValue)
                    {
                        key[name] = value.DeepClone();
                    }
                }

                return key.Count == 0 ? null : "k:" + key.ToJsonString(Plain);
            default:
                return null;
        }
    }

    public static int IndexOf(JsonArray array, string key, StructuralSchema? list)
    {
        for (var i = 0; i < array.Count; i++)
        {
            if (Of(array[i], list) == key)
            {
                return i;
            }
        }

        return -1;
    }
}
