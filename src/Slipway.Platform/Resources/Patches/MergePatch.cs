using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Patches;

/// <summary>RFC 7386: objects merge, null removes, anything else replaces.</summary>
public static class MergePatch
{
    /// <returns>The patched copy; both arguments are left alone.</returns>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject ? (JsonObject)target.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name], change);
            }
        }

        return result;
    }
}
