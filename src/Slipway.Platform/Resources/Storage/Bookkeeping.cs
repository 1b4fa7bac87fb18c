using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Storage;

/// <summary>The parts of metadata that the server keeps.</summary>
internal static class Bookkeeping
{
    /// <summary>Set once, or only by the server: a write leaves them as they are.</summary>
    private static readonly string[] Fixed =
        ["name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "generateName", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"];

    public static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A new object's metadata: whatever the caller said about the server's own members is dropped.</summary>
    public static void Begin(ResourceKind kind, JsonObject obj, DateTimeOffset now)
    {
        var metadata = (JsonObject)obj["metadata"]!;
        foreach (var name in Fixed)
        {
            if (name is not ("name" or "namespace" or "generateName"))
            {
                metadata.Remove(name);
            }
        }

        metadata.Remove("managedFields");
        if (!kind.Namespaced)
        {
            metadata.Remove("namespace");
        }

        metadata["uid"] = Guid.CreateVersion7(now).ToString();
        metadata["creationTimestamp"] = Stamp(now);
        metadata["generation"] = 1L;
    }

    /// <summary>Carries the server's members over from the stored object.</summary>
    public static void Carry(JsonObject from, JsonObject to)
    {
        var (source, target) = ((JsonObject)from["metadata"]!, (JsonObject)to["metadata"]!);
        foreach (var name in Fixed)
        {
            target.Remove(name);
            if (source[name] is { } value)
            {
                target[name] = value.DeepClone();
            }
        }
    }

    public static void CarryMember(string name, JsonObject from, JsonObject to)
    {
        to.Remove(name);
        if (from[name] is { } value)
        {
            to[name] = value.DeepClone();
        }
    }

    /// <summary>Whether the wanted state differs: everything but metadata and, where it is a subresource, status.</summary>
    public static bool WantsSomethingElse(ResourceKind kind, JsonObject before, JsonObject after)
    {
        bool Counts(string name) => name != "metadata" && !(kind.HasStatus && name == "status");
        return before.Where(p => Counts(p.Key)).Any(p => !after.TryGetPropertyValue(p.Key, out var now) || !JsonNode.DeepEquals(p.Value, now))
            || after.Any(p => Counts(p.Key) && !before.ContainsKey(p.Key));
    }

    public static bool HasFinalizers(JsonObject obj) =>
        obj["metadata"]?["finalizers"] is JsonArray { Count: > 0 };

    public static List<string> Finalizers(JsonObject obj) =>
        obj["metadata"]?["finalizers"] is JsonArray list ? [.. list.Select(f => (string)f!)] : [];
}
