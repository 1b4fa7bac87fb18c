using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>Checks a value against a schema and names every fault with its path (<c>spec.steps[2].image</c>).</summary>
public static class SchemaCheck
{
    /// <summary>Past this many faults the list stops helping and starts costing.</summary>
    private const int MostFaults = 50;

    public static IReadOnlyList<Fault> Run(JsonNode? value, StructuralSchema schema)
    {
        var faults = new List<Fault>();
        Visit(value, schema, "", faults);
        return faults;
    }

    internal static string Join(string path, string name) =>
        name.AsSpan().ContainsAny("./[] ") ? $"{path}[{name}]" : path.Length == 0 ? name : $"{path}.{name}";

    private static void Visit(JsonNode? value, StructuralSchema schema, string path, List<Fault> faults)
    {
        if (faults.Count >= MostFaults)
        {
            return;
        }

        if (value is null)
        {
            if (!schema.Nullable)
            {
                faults.Add(new Fault(path, $"must not be null{(schema.Type.Length > 0 ? $", it is of type {schema.Type}" : "")}"));
            }

            return;
        }

        if (!HasType(value, schema))
        {
            var wanted = schema.IntOrString ? "integer or string" : schema.Type;
            faults.Add(new Fault(path, $"must be of type {wanted}, not {NameOf(value)}"));
            return;
        }

        switch (value)
        {
            case JsonObject obj:
                VisitObject(obj, schema, path, faults);
                break;
            case JsonArray array:
                VisitArray(array, schema, path, faults);
                break;
            default:
                VisitScalar((JsonValue)value, schema, path, faults);
                break;
        }

        if (schema.Enum.Count > 0 && !schema.Enum.Any(e => JsonNode.DeepEquals(e, value)))
        {
            faults.Add(new Fault(path, $"Unsupported value: {value.ToJsonString()}: supported values: {string.Join(", ", schema.Enum.Select(e => e?.ToJsonString() ?? "null"))}"));
        }
    }

    private static void VisitObject(JsonObject obj, StructuralSchema schema, string path, List<Fault> faults)
    {
        foreach (var name in schema.Required)
        {
            if (!obj.ContainsKey(name))
            {
                faults.Add(new Fault(Join(path, name), "Required value"));
            }
        }

        foreach (var (name, member) in obj)
        {
            if (schema.Member(name) is { } known)
            {
                Visit(member, known, Join(path, name), faults);
            }
        }
    }

    private static void VisitArray(JsonArray array, StructuralSchema schema, string path, List<Fault> faults)
    {
        if (array.Count < schema.MinItems || array.Count > schema.MaxItems)
        {
            faults.Add(new Fault(path, $"has {array.Count} items, allowed are {schema.MinItems ?? 0} to {schema.MaxItems?.ToString(CultureInfo.InvariantCulture) ?? "any number"}"));
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < array.Count; i++)
        {
            var at = $"{path}[{i}]";
            var before = faults.Count;
            if (schema.Items is not null)
            {
                Visit(array[i], schema.Items, at, faults);
            }

            if (faults.Count == before && ListKeys.Of(array[i], schema) is { } key && !seen.Add(key))
            {
                faults.Add(new Fault(at, $"Duplicate value: {key[2..]}"));
            }
        }
    }

    private static void VisitScalar(JsonValue value, StructuralSchema schema, string path, List<Fault> faults)
    {
        if (value.GetValueKind() == JsonValueKind.String)
        {
            VisitString((string)value!, schema, path, faults);
        }
        else if (value.GetValueKind() == JsonValueKind.Number && (schema.Minimum is not null || schema.Maximum is not null))
        {
            var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
            if (number < schema.Minimum || (schema.ExclusiveMinimum && number <= schema.Minimum))
            {
                faults.Add(new Fault(path, string.Create(CultureInfo.InvariantCulture, $"must be {(schema.ExclusiveMinimum ? "greater than" : "at least")} {schema.Minimum}, not {number}")));
            }

            if (number > schema.Maximum || (schema.ExclusiveMaximum && number >= schema.Maximum))
            {
                faults.Add(new Fault(path, string.Create(CultureInfo.InvariantCulture, $"must be {(schema.ExclusiveMaximum ? "less than" : "at most")} {schema.Maximum}, not {number}")));
            }
        }
    }

    private static void VisitString(string text, StructuralSchema schema, string path, List<Fault> faults)
    {
        if (text.Length < schema.MinLength)
        {
            faults.Add(new Fault(path, $"must have at least {schema.MinLength} characters"));
        }

        if (text.Length > schema.MaxLength)
        {
            faults.Add(new Fault(path, $"must have at most {schema.MaxLength} characters, not {text.Length}"));
        }

        if (schema.Pattern is not null && !schema.Pattern.IsMatch(text))
        {
            faults.Add(new Fault(path, $"must match {schema.Pattern}, '{Shorten(text)}' does not"));
        }

        if (schema.Format == "date-time" && !IsTime(text))
        {
            faults.Add(new Fault(path, $"must be a time as 2024-05-03T10:00:00Z, not '{Shorten(text)}'"));
        }

        if (schema.Format == "byte" && !System.Buffers.Text.Base64.IsValid(text))
        {
            faults.Add(new Fault(path, "must be base64"));
        }
    }

    private static bool IsTime(string text) =>
        text.Length >= 20 && text[10] is 'T' or 't'
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static bool HasType(JsonNode value, StructuralSchema schema)
    {
        var kind = value.GetValueKind();
        if (schema.IntOrString)
        {
            return kind == JsonValueKind.String || IsInteger(value);
        }

        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "integer" => IsInteger(value),
            "number" => kind == JsonValueKind.Number,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            _ => true,
        };
    }

    /// <summary>1.0 and 1e3 are integers to Kubernetes as to JSON Schema; 64 bits must hold it.</summary>
    private static bool IsInteger(JsonNode value)
    {
        if (value.GetValueKind() != JsonValueKind.Number)
        {
            return false;
        }

        var text = value.ToJsonString();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            || (double.TryParse(text, CultureInfo.InvariantCulture, out var number) && Math.Floor(number) == number && Math.Abs(number) < 9e18);
    }

    private static string NameOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => $"string ('{Shorten((string)value!)}')",
        JsonValueKind.Number => IsInteger(value) ? $"integer ({value.ToJsonString()})" : $"number ({value.ToJsonString()})",
        _ => $"boolean ({value.ToJsonString()})",
    };

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..60] + "...";
}
