using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>
/// One JSON object of a message in proto3's JSON form, read leniently: camel or snake case, 64-bit numbers as text, durations as <c>"3.5s"</c>, enum
/// values by name or number, null as absent, unknown fields ignored. What cannot be read is noted as a fault and read as absent, so that all are told at once.
/// </summary>
internal sealed class Fields(JsonObject map, string path, SourceDocument document, List<Fault> faults)
{
    public JsonObject Map => map;

    public string Path => path;

    public SourceDocument Document => document;

    public List<Fault> Faults => faults;

    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public void Fault(string name, string message) => faults.Add(document.FaultAt(name.Length == 0 ? path : At(name), message));

    public bool Has(string name) => Value(name) is not null;

    /// <summary>Whether the member is written at all, be it as null.</summary>
    public bool Says(string name) => map.ContainsKey(name) || map.ContainsKey(Names.ToSnake(name));

    public JsonNode? Value(string name) => map.TryGetPropertyValue(name, out var value) ? value : map[Names.ToSnake(name)];

    public Fields? Object(string name)
    {
        switch (Value(name))
        {
            case null:
                return null;
            case JsonObject found:
                return new Fields(found, At(name), document, faults);
            default:
                Fault(name, "must be a map");
                return null;
        }
    }

    /// <summary>As <see cref="Object"/>, and an empty one where there is none.</summary>
    public Fields ObjectOrEmpty(string name) => Object(name) ?? new Fields([], At(name), document, faults);

    public string? Text(string name)
    {
        switch (Value(name))
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text;
            default:
                Fault(name, "must be text");
                return null;
        }
    }

    public string RequiredText(string name)
    {
        if (!Has(name))
        {
            Fault(name, "is required");
        }

        return Text(name) ?? "";
    }

    /// <summary>Text that an old form writes as a number.</summary>
    public string? TextOrNumber(string name) =>
        Value(name) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.ToJsonString() : Text(name);

    public bool Flag(string name)
    {
        switch (Value(name))
        {
            case null:
                return false;
            case JsonValue value when value.TryGetValue<bool>(out var flag):
                return flag;
            case JsonValue value when value.TryGetValue<string>(out var text) && bool.TryParse(text, out var flag):
                return flag;
            default:
                Fault(name, "must be true or false");
                return false;
        }
    }

    public double? Number(string name)
    {
        if (Value(name) is not { } node)
        {
            return null;
        }

        var text = node is JsonValue value ? value.TryGetValue<string>(out var written) ? written
            : value.GetValueKind() == JsonValueKind.Number ? value.ToJsonString() : null : null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return number;
        }

        Fault(name, "must be a number");
        return null;
    }

    public int? Integer(string name)
    {
        if (Number(name) is not { } number)
        {
            return null;
        }

        if (number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue)
        {
            return (int)number;
        }

        Fault(name, $"must be a whole number of at most {int.MaxValue}");
        return null;
    }

    /// <summary>Whole seconds as a number; 0 is not said.</summary>
    public TimeSpan? Seconds(string name)
    {
        switch (Number(name))
        {
            case null or 0:
                return null;
            case > 0 and <= 3_000_000_000 and var seconds:
                return TimeSpan.FromSeconds(seconds);
            default:
                Fault(name, "must be a number of seconds, from 0 to 100 years");
                return null;
        }
    }

    /// <summary><c>"3600s"</c> or <c>"0.5s"</c>; the object form <c>{seconds, nanos}</c> is read too.</summary>
    public TimeSpan? Duration(string name)
    {
        var node = Value(name);
        if (node is JsonObject)
        {
            var parts = Object(name)!;
            return TimeSpan.FromSeconds(Math.Clamp(parts.Number("seconds") ?? 0, 0, 1e9)) + TimeSpan.FromTicks((long)(Math.Clamp(parts.Number("nanos") ?? 0, 0, 1e9) / 100));
        }

        if (node is null)
        {
            return null;
        }

        if (node is JsonValue value && value.TryGetValue<string>(out var text) && text.EndsWith('s')
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 1e9)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Fault(name, "must be a duration in seconds, such as \"30s\"");
        return null;
    }

    /// <param name="name">The field.</param>
    /// <param name="unset">The value when nothing is written.</param>
    /// <param name="values">Every value by its name in the protocol; its number is that of the C# value.</param>
    public T Enum<T>(string name, T unset, params (string Name, T Value)[] values)
        where T : struct, Enum
    {
        switch (Value(name))
        {
            case null:
                return unset;
            case JsonValue value:
                var text = value.TryGetValue<string>(out var written) ? written : value.ToJsonString();
                foreach (var (known, meaning) in values)
                {
                    if (text == known || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == Convert.ToInt32(meaning, CultureInfo.InvariantCulture)))
                    {
                        return meaning;
                    }
                }

                break;
        }

        Fault(name, $"must be one of {string.Join(", ", values.Select(v => v.Name))}");
        return unset;
    }

    /// <summary>The objects of a map, in the order in which they are written.</summary>
    public OrderedDictionary<string, T> Each<T>(string name, Func<string, Fields, T> read)
    {
        var found = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        if (Object(name) is { } members)
        {
            foreach (var key in members.Map.Select(p => p.Key).ToList())
            {
                if (members.Map[key] is null or JsonObject)
                {
                    found[key] = read(key, new Fields(members.Map[key] as JsonObject ?? [], members.At(key), document, faults));
                }
                else
                {
                    members.Fault(key, "must be a map");
                }
            }
        }

        return found;
    }

    public List<T> Items<T>(string name, Func<Fields, T> read)
    {
        var found = new List<T>();
        foreach (var (index, item) in List(name).Index())
        {
            if (item is JsonObject map)
            {
                found.Add(read(new Fields(map, $"{At(name)}[{index}]", document, faults)));
            }
            else
            {
                Fault($"{name}[{index}]", "must be a map");
            }
        }

        return found;
    }

    public IReadOnlyList<string> Texts(string name)
    {
        var found = new List<string>();
        foreach (var (index, item) in List(name).Index())
        {
            if (item is JsonValue value && value.TryGetValue<string>(out var text))
            {
                found.Add(text);
            }
            else
            {
                Fault($"{name}[{index}]", "must be text; put quotes around it");
            }
        }

        return found;
    }

    public OrderedDictionary<string, string> TextMap(string name)
    {
        var found = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        if (Object(name) is { } members)
        {
            foreach (var key in members.Map.Select(p => p.Key).ToList())
            {
                found[key] = members.Map[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : members.Map[key]?.ToJsonString() ?? "";
            }
        }

        return found;
    }

    public JsonArray List(string name)
    {
        switch (Value(name))
        {
            case null:
                return [];
            case JsonArray list:
                return list;
            default:
                Fault(name, "must be a list");
                return [];
        }
    }

    /// <summary>A free object, copied.</summary>
    public JsonObject? Struct(string name) => Object(name)?.Map.DeepClone().AsObject();
}
