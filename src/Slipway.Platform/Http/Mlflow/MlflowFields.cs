using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// The fields of an object of a request. Reading never throws: what is missing or of the wrong type is kept as the request's
/// <see cref="Problem"/> (the first one found), in MLflow's words, and something harmless is given back.
/// </summary>
public sealed class MlflowFields
{
    private const string SeeDocs = " See the API docs for more information about request parameters.";
    private const int MostShown = 500;

    // Field names are ours, from the source, so there are only so many.
    private static readonly ConcurrentDictionary<string, string> CamelNames = new(StringComparer.Ordinal);

    private readonly JsonElement _object;
    private readonly StrongBox<Problem?> _problem;
    private readonly string _path;
    private readonly int _index;
    private readonly bool _query;

    private MlflowFields(JsonElement element, StrongBox<Problem?> problem, string path, int index, bool query) =>
        (_object, _problem, _path, _index, _query) = (element, problem, path, index, query);

    /// <summary>The first fault of the request so far, of this object or another.</summary>
    public Problem? Problem => _problem.Value;

    internal static MlflowFields Root(JsonElement element, bool query) => new(element, new StrongBox<Problem?>(null), "", -1, query);

    /// <summary>True when the field is there, even if empty.</summary>
    public bool Has(string field) => TryGet(field, out _);

    /// <summary>Keeps a fault that the caller found.</summary>
    public void Reject(Problem problem) => _problem.Value ??= problem;

    public void RejectMissing(string field) => Reject(Problem.Invalid($"Missing value for required parameter '{PathOf(field)}'.{SeeDocs}"));

    /// <summary><c>Invalid value V for parameter 'P' supplied: REASON See the API docs..</c></summary>
    public void RejectValue(string field, string shownJson, string reason) =>
        Reject(Problem.Invalid($"Invalid value {shownJson} for parameter '{PathOf(field)}' supplied: {reason}{SeeDocs}"));

    /// <summary>Text, or null when the field is absent.</summary>
    public string? Text(string field) => TryGet(field, out var value) ? ReadText(field, value) : null;

    /// <summary>Text that must be there and not be empty.</summary>
    public string Required(string field)
    {
        var text = Text(field);
        if (string.IsNullOrEmpty(text))
        {
            RejectMissing(field);
        }

        return text ?? "";
    }

    /// <summary>The id of a run, under its name of today or of MLflow 0.x.</summary>
    public string RequiredRunId() => Text("run_id") is { Length: > 0 } id ? id : Text("run_uuid") is { Length: > 0 } old ? old : Required("run_id");

    /// <summary>A 64-bit integer, as a number or as text; null when absent.</summary>
    public long? Int64(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out var number))
            {
                return number;
            }

            // 5.0 and 5e3 are integers too.
            if (value.TryGetDouble(out var real) && Math.Truncate(real) == real && Math.Abs(real) < 9.2e18)
            {
                return (long)real;
            }
        }
        else if (value.ValueKind == JsonValueKind.String
            && long.TryParse(ReadText(field, value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
        {
            return parsed;
        }

        RejectType(field, value);
        return null;
    }

    /// <summary>A double, as a number or as text (<c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c> besides numbers); null when absent.</summary>
    public double? Double(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number))
        {
            return number;
        }

        if (value.ValueKind == JsonValueKind.String && TryReadDouble(ReadText(field, value), out var parsed))
        {
            return parsed;
        }

        RejectType(field, value);
        return null;
    }

    public bool? Flag(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.ValueKind == JsonValueKind.True;
        }

        if (_query && bool.TryParse(ReadText(field, value), out var parsed))
        {
            return parsed;
        }

        if (_query)
        {
            Reject(Problem.Invalid($"Invalid boolean value: {ReadText(field, value)}, must be 'true' or 'false'."));
        }
        else
        {
            RejectType(field, value);
        }

        return null;
    }

    /// <summary>How many results at most; MLflow refuses what is over the limit instead of capping it.</summary>
    public int Count(string field, int absent, int least, int most)
    {
        if (Int64(field) is not { } count)
        {
            return absent;
        }

        if (count < least || count > most)
        {
            var rule = count < least ? least == 1 ? "a positive integer" : $"at least {least}" : $"at most {most}";
            Reject(Problem.Invalid(string.Create(
                CultureInfo.InvariantCulture, $"Invalid value {count} for parameter '{PathOf(field)}' supplied. It must be {rule}, but got value {count}.{SeeDocs}")));
            return absent;
        }

        return (int)count;
    }

    /// <summary>One of the names of an enum (or its number, its place in <paramref name="names"/> counted from <paramref name="first"/>); null when absent.</summary>
    public string? Choice(string field, IReadOnlyList<string> names, int first = 1)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number - first >= 0 && number - first < names.Count)
        {
            return names[number - first];
        }

        if (value.ValueKind == JsonValueKind.String && ReadText(field, value) is var text)
        {
            if (names.Contains(text, StringComparer.Ordinal))
            {
                return text;
            }

            if (_query && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number - first >= 0 && number - first < names.Count)
            {
                return names[number - first];
            }
        }

        RejectValue(field, Shown(value), $" It must be one of {string.Join(", ", names)}.");
        return null;
    }

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string field)
    {
        if (!TryGetRaw(field, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
        {
            RejectType(field, value);
            return [];
        }

        return [.. value.EnumerateArray().Select(e => ReadText(field, e))];
    }

    /// <summary>An object of its own; null when absent.</summary>
    public MlflowFields? Object(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new MlflowFields(value, _problem, PathOf(field), -1, _query);
        }

        RejectType(field, value);
        return null;
    }

    /// <summary>A list of objects; empty when absent. Faults inside name their place: <c>metrics[3].key</c>.</summary>
    public IReadOnlyList<MlflowFields> Objects(string field)
    {
        if (!TryGetRaw(field, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            RejectType(field, value);
            return [];
        }

        var (items, path) = (new List<MlflowFields>(value.GetArrayLength()), PathOf(field));
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                RejectType(field, value);
                return [];
            }

            // A batch has a thousand of them and seldom a fault, so the path is put together when one is told.
            items.Add(new MlflowFields(item, _problem, path, items.Count, _query));
        }

        return items;
    }

    /// <summary>The members of an object of texts (a map); empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Map(string field)
    {
        if (!TryGet(field, out var value))
        {
            return new Dictionary<string, string>();
        }

        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(m => m.Value.ValueKind != JsonValueKind.String))
        {
            RejectType(field, value);
            return new Dictionary<string, string>();
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            map[member.Name] = ReadText(field, member.Value);
        }

        return map;
    }

    /// <summary>The field as it came, for values whose form is free; lives as long as the request.</summary>
    public JsonElement? Json(string field) => TryGet(field, out var value) ? value : null;

    private static bool TryReadDouble(string text, out double value)
    {
        switch (text)
        {
            case "NaN" or "nan":
                value = double.NaN;
                return true;
            case "Infinity" or "inf":
                value = double.PositiveInfinity;
                return true;
            case "-Infinity" or "-inf":
                value = double.NegativeInfinity;
                return true;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        }
    }

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= MostShown ? text : string.Concat(text.AsSpan(0, MostShown), "...");
    }

    private string ReadText(string field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            RejectType(field, value);
            return "";
        }

        try
        {
            var text = value.GetString()!;
            if (!text.Contains('\0', StringComparison.Ordinal))
            {
                return text;
            }
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON can say it, but it is no text in UTF-8.
        }

        RejectValue(field, "(text)", " It has characters that are no text (NUL or half of a surrogate pair); take them out.");
        return "";
    }

    private void RejectType(string field, JsonElement value)
    {
        var type = value.ValueKind switch
        {
            JsonValueKind.String => "str",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "int" : "float",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "list",
            JsonValueKind.Object => "dict",
            _ => "NoneType",
        };
        RejectValue(field, Shown(value), $" Hint: Value was of type '{type}'.");
    }

    private string PathOf(string field) =>
        _index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{_path}[{_index}].{field}") : _path.Length == 0 ? field : $"{_path}.{field}";

    // A query's values are lists; where one is wanted the first counts.
    private bool TryGet(string field, out JsonElement value)
    {
        var found = TryGetRaw(field, out value);
        if (found && _query && value.ValueKind == JsonValueKind.Array)
        {
            value = value[0];
        }

        return found;
    }

    private bool TryGetRaw(string field, out JsonElement value) =>
        (_object.TryGetProperty(field, out value)
            || (field.Contains('_', StringComparison.Ordinal) && _object.TryGetProperty(CamelNames.GetOrAdd(field, Camel), out value)))
        && value.ValueKind != JsonValueKind.Null;

    private static string Camel(string field) => string.Concat(field.Split('_').Select((part, i) => i == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
}
