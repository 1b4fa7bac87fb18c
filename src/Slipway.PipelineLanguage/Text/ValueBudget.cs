using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Text;

/// <summary>Counts values and characters while a text is read, so that a few lines of aliases cannot become gigabytes.</summary>
internal sealed class ValueBudget
{
    private int _values = TextLimits.Values;
    private long _characters = TextLimits.Bytes;

    /// <summary>Null, or what was too much.</summary>
    public string? Take(string text, int depth) =>
        --_values < 0 ? $"more than {TextLimits.Values} values; are there aliases that repeat one another?"
        : (_characters -= text.Length) < 0 ? $"more than {TextLimits.Bytes} characters in all; are there aliases that repeat one another?"
        : depth > TextLimits.Depth ? $"values nest deeper than {TextLimits.Depth}"
        : text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 && HasHalfSurrogate(text) ? "text holds half of a surrogate pair"
        : null;

    public string? TakeCopy(JsonNode? node, int depth) => node switch
    {
        JsonObject map => Take("", depth) ?? map.Select(p => Take(p.Key, depth) ?? TakeCopy(p.Value, depth + 1)).FirstOrDefault(f => f is not null),
        JsonArray list => Take("", depth) ?? list.Select(i => TakeCopy(i, depth + 1)).FirstOrDefault(f => f is not null),
        JsonValue value when value.TryGetValue<string>(out var text) => Take(text, depth),
        _ => Take("", depth),
    };

    private static bool HasHalfSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }
}
