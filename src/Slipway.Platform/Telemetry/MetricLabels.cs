using System.Globalization;
using System.Text;

namespace Slipway.Platform.Telemetry;

/// <summary>Tags as Prometheus labels, and their comparison without making anything on the hot path.</summary>
internal sealed class MetricLabels
    : IEqualityComparer<KeyValuePair<string, object?>[]>,
      IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static MetricLabels Comparer { get; } = new();

    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
    {
        if (alternate.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < other.Length; i++)
        {
            if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        // Seven records are made per request, so texts are not hashed whole: their length and last letters tell a thousand series apart.
        var hash = alternate.Length;
        foreach (ref readonly var tag in alternate)
        {
            hash = (hash * 31) + Ending(tag.Key);
            hash = (hash * 31) + (tag.Value is string text ? Ending(text) : tag.Value?.GetHashCode() ?? 0);
        }

        return hash;
    }

    private static int Ending(string text)
    {
        var hash = text.Length;
        for (var i = Math.Max(0, text.Length - 8); i < text.Length; i++)
        {
            hash = (hash * 31) + text[i];
        }

        return hash;
    }

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

    /// <summary>Sorted by name, so that the same tags in another order are the same series.</summary>
    public static string Render(KeyValuePair<string, object?>[] tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length > 0 ? "," : "").Append(Name(key)).Append("=\"");
            Escape(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true);
            text.Append('"');
        }

        return text.ToString();
    }

    /// <summary>Letters, digits and underscores; what else there is becomes an underscore.</summary>
    public static string Name(string name)
    {
        var made = string.Create(name.Length, name, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
            }
        });
        return made.Length == 0 || char.IsAsciiDigit(made[0]) ? "_" + made : made;
    }

    public static void Escape(StringBuilder text, string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }
}
