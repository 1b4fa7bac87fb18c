using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>Members that a schema does not name, found or taken out.</summary>
public static class UnknownFields
{
    /// <summary>Removes what the schema does not know and returns the paths, in the order of the document.</summary>
    public static IReadOnlyList<string> Prune(JsonObject value, StructuralSchema schema)
    {
        var found = new List<string>();
        Visit(value, schema, "", found);
        return found;
    }

    private static void Visit(JsonNode? value, StructuralSchema schema, string path, List<string> found)
    {
        switch (value)
        {
            case JsonObject obj:
                List<string>? unknown = null;
                foreach (var (name, member) in obj)
                {
                    if (schema.Member(name) is { } known)
                    {
                        Visit(member, known, SchemaCheck.Join(path, name), found);
                    }
                    else if (!schema.PreserveUnknownFields && schema.Type is "object")
                    {
                        (unknown ??= []).Add(name);
                        found.Add(SchemaCheck.Join(path, name));
                    }
                }

                unknown?.ForEach(name => obj.Remove(name));
                break;
            case JsonArray array when schema.Items is not null:
                for (var i = 0; i < array.Count; i++)
                {
                    Visit(array[i], schema.Items, $"{path}[{i}]", found);
                }

                break;
        }
    }
}
