using System.Globalization;
using System.Text.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Kfp.Listing;

/// <summary>
/// Reads <c>{"predicates": [{"operation": 1, "key": "display_name", "stringValue": "x"}]}</c>. The operation comes by number or name, members in either case
/// (clients differ), and some send the list under <c>predicate</c>.
/// </summary>
internal static class FilterReader
{
    private const int MaxPredicates = 50;
    private const int MaxValues = 500;

    private static readonly Dictionary<string, FilterOperation> ByName =
        System.Enum.GetValues<FilterOperation>().ToDictionary(o => string.Concat(o.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}")));

    public static Result<IReadOnlyList<Predicate>> Read(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter))
        {
            return Result.From<IReadOnlyList<Predicate>>([]);
        }

        try
        {
            using var document = JsonDocument.Parse(filter, new JsonDocumentOptions { MaxDepth = 16 });
            return ReadAll(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Problem.Invalid($"filter: not valid JSON: {exception.Message}");
        }
    }

    private static Result<IReadOnlyList<Predicate>> ReadAll(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("filter: must be an object with predicates");
        }

        if ((Member(root, "predicates") ?? Member(root, "predicate")) is not { } list)
        {
            return Result.From<IReadOnlyList<Predicate>>([]);
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxPredicates)
        {
            return Problem.Invalid($"filter.predicates: must be a list of at most {MaxPredicates}");
        }

        var predicates = new List<Predicate>();
        var faults = new List<Fault>();
        foreach (var (index, element) in list.EnumerateArray().Index())
        {
            var read = ReadOne(element);
            if (read.TryGet(out var predicate, out var problem))
            {
                predicates.Add(predicate);
            }
            else
            {
                faults.Add(new Fault($"filter.predicates[{index}]", problem.Message));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : predicates;
    }

    private static Result<Predicate> ReadOne(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("must be an object");
        }

        var operation = Member(element, "operation") switch
        {
            { ValueKind: JsonValueKind.Number } n when n.TryGetInt32(out var number) && System.Enum.IsDefined((FilterOperation)number) => (FilterOperation)number,
            { ValueKind: JsonValueKind.String } s when ByName.TryGetValue(s.GetString()!, out var named) => named,
            _ => default,
        };
        if (operation == default)
        {
            return Problem.Invalid($"operation must be one of {string.Join(", ", ByName.Select(p => $"{p.Key} ({(int)p.Value})"))}");
        }

        if (Member(element, "key") is not { ValueKind: JsonValueKind.String } key || key.GetString() is not { Length: > 0 } name)
        {
            return Problem.Invalid("key is required");
        }

        if (!ReadValues(element).TryGet(out var values, out var problem))
        {
            return problem;
        }

        var scalar = values.Scalar;
        return operation switch
        {
            FilterOperation.In when scalar => Problem.Invalid("IN needs string_values, int_values or long_values"),
            FilterOperation.IsSubstring when !scalar || values.All[0] is not string => Problem.Invalid("IS_SUBSTRING needs string_value"),
            not FilterOperation.In when !scalar => Problem.Invalid($"{operation} needs a single value"),
            _ => values.All.Any(v => v is string text && text.Contains('\0', StringComparison.Ordinal))
                ? Problem.Invalid("a value must not contain the character NUL")
                : new Predicate(name, operation, values.All),
        };
    }

    private static Result<(bool Scalar, IReadOnlyList<object> All)> ReadValues(JsonElement element)
    {
        foreach (var name in (string[])["string_value", "int_value", "long_value", "timestamp_value"])
        {
            if (Member(element, name) is { } scalar)
            {
                return ReadValue(scalar, name).Select(v => (true, (IReadOnlyList<object>)[v]));
            }
        }

        foreach (var name in (string[])["string_values", "int_values", "long_values"])
        {
            if (Member(element, name) is not { } list)
            {
                continue;
            }

            var items = list.ValueKind == JsonValueKind.Object ? Member(list, "values") : list;
            if (items is null)
            {
                return (false, (IReadOnlyList<object>)[]);
            }

            if (items.Value.ValueKind != JsonValueKind.Array || items.Value.GetArrayLength() > MaxValues)
            {
                return Problem.Invalid($"{name} must hold a list of at most {MaxValues} values");
            }

            var values = new List<object>();
            foreach (var item in items.Value.EnumerateArray())
            {
                if (!ReadValue(item, name[..^1]).TryGet(out var value, out var problem))
                {
                    return problem;
                }

                values.Add(value);
            }

            return (false, (IReadOnlyList<object>)values);
        }

        return Problem.Invalid("a value is required: string_value, int_value, long_value, timestamp_value, or for IN string_values, int_values, long_values");
    }

    private static Result<object> ReadValue(JsonElement element, string name) => (name, element.ValueKind) switch
    {
        ("string_value", JsonValueKind.String) => element.GetString()!,
        ("int_value" or "long_value", JsonValueKind.Number) when element.TryGetInt64(out var number) => number,
        ("int_value" or "long_value", JsonValueKind.String) when long.TryParse(element.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        ("timestamp_value", JsonValueKind.String) when KfpTime.TryRead(element.GetString()!, out var time) => time,
        _ => Problem.Invalid($"{name} cannot be read"),
    };

    /// <summary>By its snake_case name or the camelCase one.</summary>
    private static JsonElement? Member(JsonElement element, string name)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name.Replace("_", "", StringComparison.Ordinal).Equals(name.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)
                && member.Value.ValueKind != JsonValueKind.Null)
            {
                return member.Value;
            }
        }

        return null;
    }
}
