using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Platform.Resources;

/// <summary>
/// A resource as JSON with typed views on its well-known parts. The JSON is the truth: fields that this program does not know survive.
/// Values handed out by the store are private copies; change them freely and write them back.
/// </summary>
public sealed class Resource(JsonObject json)
{
    public JsonObject Json { get; } = json;

    public string ApiVersion => (string?)Json["apiVersion"] ?? "";

    public string Kind => (string?)Json["kind"] ?? "";

    public JsonObject Metadata => Json["metadata"] as JsonObject ?? Attach("metadata");

    public string Name => (string?)Metadata["name"] ?? "";

    public string Namespace => (string?)Metadata["namespace"] ?? "";

    public string Uid => (string?)Metadata["uid"] ?? "";

    public string ResourceVersion => (string?)Metadata["resourceVersion"] ?? "";

    public long Generation => (long?)Metadata["generation"] ?? 0;

    public bool IsDeleting => Metadata["deletionTimestamp"] is not null;

    public JsonObject Spec => Json["spec"] as JsonObject ?? Attach("spec");

    public JsonObject Status => Json["status"] as JsonObject ?? Attach("status");

    public IReadOnlyDictionary<string, string> Labels => StringMap("labels");

    public IReadOnlyDictionary<string, string> Annotations => StringMap("annotations");

    public T SpecAs<T>(JsonTypeInfo<T> type) => Spec.Deserialize(type) ?? throw new JsonException("spec is null");

    public T? StatusAs<T>(JsonTypeInfo<T> type) => Status.Deserialize(type);

    public void SetStatus<T>(T status, JsonTypeInfo<T> type) => Json["status"] = JsonSerializer.SerializeToNode(status, type);

    /// <summary>An owner reference that makes <paramref name="child"/> go when this resource goes.</summary>
    public void Own(Resource child)
    {
        var owners = child.Metadata["ownerReferences"] as JsonArray ?? [];
        child.Metadata["ownerReferences"] = owners;
        if (owners.Any(o => (string?)o?["uid"] == Uid))
        {
            return;
        }

        owners.Add(new JsonObject
        {
            ["apiVersion"] = ApiVersion, ["kind"] = Kind, ["name"] = Name, ["uid"] = Uid, ["controller"] = true, ["blockOwnerDeletion"] = true,
        });
    }

    public Resource Clone() => new((JsonObject)Json.DeepClone());

    public static Resource Create(ResourceKind kind, string ns, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (kind.Namespaced)
        {
            metadata["namespace"] = ns;
        }

        return new Resource(new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata });
    }

    private JsonObject Attach(string name)
    {
        var made = new JsonObject();
        Json[name] = made;
        return made;
    }

    private Dictionary<string, string> StringMap(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Metadata[name] is JsonObject obj)
        {
            foreach (var (key, value) in obj)
            {
                map[key] = (string?)value ?? "";
            }
        }

        return map;
    }
}
