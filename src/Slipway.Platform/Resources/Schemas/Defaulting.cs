using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>Fills defaults as Kubernetes does: nulls of fields that may not be null count as absent, and a default is filled only into objects that are there.</summary>
public static class Defaulting
{
    public static void Apply(JsonNode? value, StructuralSchema schema)
    {
        switch (value)
        {
            case JsonObject obj:
                DropNulls(obj, schema);
                foreach (var (name, member) in schema.Properties)
                {
                    if (member.Default is not null && !obj.ContainsKey(name))
                    {
                        obj[name] = member.Default.DeepClone();
                    }
                }

                foreach (var (name, member) in obj)
                {
                    if (schema.Member(name) is { } known)
                    {
                        Apply(member, known);
                    }
                }

                break;
            case JsonArray array when schema.Items is not null:
                foreach (var item in array)
                {
                    Apply(item, schema.Items);
                }

                break;
        }
    }

    private static void DropNulls(JsonObject obj, StructuralSchema schema)
    {
        List<string>? nulls = null;
        foreach (var (name, member) in obj)
        {
            if (member is null && schema.Member(name) is { Nullable: false })
            {
                (nulls ??= []).Add(name);
            }
        }

        nulls?.ForEach(name => obj.Remove(name));
    }
}
