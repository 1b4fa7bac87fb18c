using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>
/// Builds OpenAPI v3 structural schemas in a few words, each with the sentence that <c>kubectl explain</c> shows:
/// <c>Schema.Object("Wanted state", ("model", Schema.String("Name of the registered model").Required()))</c>.
/// </summary>
public sealed class Schema
{
    private readonly JsonObject _json;
    private bool _required;

    private Schema(string type, string description)
    {
        _json = new JsonObject { ["type"] = type };
        if (description.Length > 0)
        {
            _json["description"] = description;
        }
    }

    public static Schema String(string description) => new("string", description);

    public static Schema Integer(string description) => new("integer", description);

    public static Schema Number(string description) => new("number", description);

    public static Schema Boolean(string description) => new("boolean", description);

    /// <summary>An instant, RFC 3339.</summary>
    public static Schema Time(string description) => new Schema("string", description).With("format", "date-time");

    /// <summary>Bytes, base64.</summary>
    public static Schema Bytes(string description) => new Schema("string", description).With("format", "byte");

    public static Schema Object(string description, params ReadOnlySpan<(string Name, Schema Schema)> properties)
    {
        var schema = new Schema("object", description);
        var members = new JsonObject();
        var required = new JsonArray();
        foreach (var (name, property) in properties)
        {
            members[name] = property.ToJson();
            if (property._required)
            {
                required.Add(name);
            }
        }

        schema._json["properties"] = members;
        if (required.Count > 0)
        {
            schema._json["required"] = required;
        }

        return schema;
    }

    public static Schema Array(string description, Schema items) => new Schema("array", description).With("items", items.ToJson());

    /// <summary>A list merged by a key member, as Kubernetes merges containers by name.</summary>
    public static Schema MapList(string description, string key, Schema items) =>
        Array(description, items).With("x-kubernetes-list-type", "map").With("x-kubernetes-list-map-keys", new JsonArray(key));

    public static Schema Map(string description, Schema values) => new Schema("object", description).With("additionalProperties", values.ToJson());

    /// <summary>An object whose members are not ours to check.</summary>
    public static Schema Anything(string description) => new Schema("object", description).With("x-kubernetes-preserve-unknown-fields", true);

    /// <summary>Any JSON value: no type is asked for.</summary>
    public static Schema Any(string description)
    {
        var schema = new Schema("object", description).With("x-kubernetes-preserve-unknown-fields", true);
        schema._json.Remove("type");
        return schema;
    }

    /// <summary>The usual list of conditions with type, status, reason, message, lastTransitionTime, observedGeneration.</summary>
    public static Schema Conditions() => MapList("What holds now, one entry per type", "type", Object(
        "One observation",
        ("type", String("What is observed, such as Ready").Required()),
        ("status", String("True, False or Unknown").OneOf("True", "False", "Unknown").Required()),
        ("reason", String("One word in CamelCase for programs")),
        ("message", String("The same for people")),
        ("lastTransitionTime", Time("When status last changed")),
        ("observedGeneration", Integer("The generation this was observed at"))));

    public Schema Required()
    {
        _required = true;
        return this;
    }

    public Schema OneOf(params ReadOnlySpan<string> values)
    {
        var list = new JsonArray();
        foreach (var value in values)
        {
            list.Add(value);
        }

        return With("enum", list);
    }

    public Schema Min(double value) => With("minimum", value);

    public Schema Max(double value) => With("maximum", value);

    public Schema Pattern(string regex) => With("pattern", regex);

    public Schema MaxLength(int value) => With("maxLength", value);

    public Schema Default(JsonNode value) => With("default", value);

    public Schema Nullable() => With("nullable", true);

    public JsonObject ToJson() => (JsonObject)_json.DeepClone();

    private Schema With(string name, JsonNode value)
    {
        _json[name] = value;
        return this;
    }
}
