using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Kfp;

/// <summary>
/// A message of the v2beta1 API as protobuf's JSON reads it: names in snake_case or camelCase, 64-bit numbers as numbers or text, enums by name or number,
/// unknown members ignored, an empty text the same as none. Every fault is collected with its path, so that one answer tells them all.
/// </summary>
internal sealed class KfpBody(JsonObject json, string path, List<Fault> faults)
{
    /// <summary>The largest package that upstream's server takes, too.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    public IReadOnlyList<Fault> Faults => faults;

    public static async Task<Result<KfpBody>> ReadAsync(HttpRequest request, CancellationToken cancellation) =>
        (await JsonBody.ReadObjectAsync(request, cancellation, MaxBytes)).Select(json => new KfpBody(json, "", []));

    public void Fault(string name, string message) => faults.Add(new Fault(PathOf(name), message));

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Null when absent or empty.</summary>
    public string? Text(string name, int maxLength = 255)
    {
        switch (Find(name))
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<string>(out var text):
                if (text.Length > maxLength || text.Contains('\0', StringComparison.Ordinal))
                {
                    Fault(name, text.Length > maxLength ? $"may have at most {maxLength} characters" : "must not contain the character NUL");
                    return null;
                }

                return text.Length == 0 ? null : text;
            default:
                Fault(name, "must be a string");
                return null;
        }
    }

    public string? Required(string name, int maxLength = 255)
    {
        var before = faults.Count;
        var text = Text(name, maxLength);
        if (string.IsNullOrWhiteSpace(text) && faults.Count == before)
        {
            Fault(name, "is required");
        }

        return text;
    }

    public bool Flag(string name)
    {
        switch (Find(name))
        {
            case null:
                return false;
            case JsonValue value when value.TryGetValue<bool>(out var flag):
                return flag;
            default:
                Fault(name, "must be true or false");
                return false;
        }
    }

    public long? Number(string name)
    {
        switch (Find(name))
        {
            case null:
                return null;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number && AsLong(value) is { } number:
                return number;
            case JsonValue value when value.TryGetValue<string>(out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                return number;
            default:
                Fault(name, "must be a whole number");
                return null;
        }
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (KfpTime.TryRead(text, out var time))
        {
            return time;
        }

        Fault(name, $"'{text}' is not an RFC 3339 time such as 2026-01-31T09:30:00Z");
        return null;
    }

    /// <param name="names">By number; null where the enum has none.</param>
    public string? Enum(string name, params string?[] names)
    {
        var node = Find(name);
        var chosen = node switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) => Array.Find(names, n => n == text),
            JsonValue value when value.GetValueKind() == JsonValueKind.Number && AsLong(value) is >= 0 and var number && number < names.Length => names[number],
            _ => null,
        };
        if (node is not null && chosen is null)
        {
            Fault(name, $"must be one of {string.Join(", ", names.OfType<string>())}");
        }

        return chosen;
    }

    public KfpBody? Message(string name) => Object(name) is { } inner ? new KfpBody(inner, PathOf(name), faults) : null;

    /// <summary>An object with free members; belongs to this body's tree.</summary>
    public JsonObject? Object(string name)
    {
        switch (Find(name))
        {
            case null:
                return null;
            case JsonObject value:
                return value;
            default:
                Fault(name, "must be an object");
                return null;
        }
    }

    /// <summary>Text to text, within the limits that upstream sets: 20 tags, 63 characters each, no dot in a key.</summary>
    public IReadOnlyDictionary<string, string>? Tags(string name) => Object(name) is { } given ? ReadTags(given, PathOf(name), faults) : null;

    public static IReadOnlyDictionary<string, string> ReadTags(JsonObject given, string path, List<Fault> faults)
    {
        const int MaxTags = 20;
        const int MaxLength = 63;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (given.Count > MaxTags)
        {
            faults.Add(new Fault(path, $"there may be at most {MaxTags} tags"));
        }

        foreach (var (key, node) in given)
        {
            if (key.Length is 0 or > MaxLength || key.Contains('.', StringComparison.Ordinal) || key.Contains('\0', StringComparison.Ordinal))
            {
                faults.Add(new Fault($"{path}.{key}", $"a tag's key has 1 to {MaxLength} characters and no dot"));
            }
            else if (node is not JsonValue value || !value.TryGetValue<string>(out var text) || text.Length > MaxLength || text.Contains('\0', StringComparison.Ordinal))
            {
                faults.Add(new Fault($"{path}.{key}", $"a tag's value is a string of at most {MaxLength} characters"));
            }
            else
            {
                tags[key] = text;
            }
        }

        return tags;
    }

    private static long? AsLong(JsonValue value) =>
        value.TryGetValue<long>(out var number) ? number
        : value.TryGetValue<double>(out var real) && Math.Abs(real) < 1e15 && Math.Floor(real) == real ? (long)real
        : null;

    private JsonNode? Find(string name) => json[name] ?? json[CamelCase(name)];

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string CamelCase(string name)
    {
        var parts = name.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
    }
}
