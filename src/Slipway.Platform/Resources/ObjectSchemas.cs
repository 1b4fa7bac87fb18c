using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources;

/// <summary>The schema of whole objects of a kind: what the kind says about its own members, and apiVersion, kind and metadata.</summary>
public static class ObjectSchemas
{
    private static readonly ConditionalWeakTable<ResourceKind, StructuralSchema> Parsed = [];

    public static StructuralSchema SchemaOf(this ResourceKind kind) => Parsed.GetValue(kind, static k => StructuralSchema.Parse(WholeOf(k)));

    public static JsonObject WholeOf(ResourceKind kind)
    {
        var whole = (JsonObject)kind.Schema.DeepClone();
        var members = new JsonObject
        {
            ["apiVersion"] = new JsonObject { ["type"] = "string", ["description"] = $"Always {kind.ApiVersion}" },
            ["kind"] = new JsonObject { ["type"] = "string", ["description"] = $"Always {kind.Kind}" },
            ["metadata"] = ObjectMetaSchema.ToJson(),
        };
        if (whole["properties"] is JsonObject own)
        {
            foreach (var (name, schema) in own.ToList())
            {
                own.Remove(name);
                members[name] = schema;
            }
        }

        whole["type"] = "object";
        whole["description"] = kind.Description;
        whole["properties"] = members;
        return whole;
    }
}
