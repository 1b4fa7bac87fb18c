using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Patches;

/// <summary>RFC 6901: a path into a JSON document.</summary>
internal static class JsonPointer
{
    /// <summary>The unescaped tokens, or null when the text is no pointer. Empty text is the whole document.</summary>
    public static string[]? Parse(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        return text[0] != '/' ? null : [.. text[1..].Split('/').Select(t => t.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    /// <summary>True when there is a value (which may be null) at the path.</summary>
    public static bool TryFind(JsonNode? root, ReadOnlySpan<string> tokens, out JsonNode? found)
    {
        found = root;
        foreach (var token in tokens)
        {
            switch (found)
            {
                case JsonObject obj when obj.TryGetPropertyValue(token, out var member):
                    found = member;
                    break;
                case JsonArray array when Index(token, array.Count - 1) is { } index:
                    found = array[index];
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>An array index without leading zeros, up to and including <paramref name="most"/>.</summary>
    public static int? Index(string token, int most) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= most && (token.Length == 1 || token[0] != '0')
            ? index
            : null;
}
