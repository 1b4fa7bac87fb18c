using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Kernel.Json;

/// <summary>Writes JSON values as block-style YAML that readers of YAML 1.1 and 1.2 alike read back as the same values.</summary>
public static partial class YamlText
{
    public static string Of(JsonNode? node)
    {
        var text = new StringBuilder();
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                WriteMap(text, map, 0);
                break;
            case JsonArray { Count: > 0 } list:
                WriteList(text, list, 0);
                break;
            default:
                text.Append(Scalar(node, 0)).Append('\n');
                break;
        }

        return text.ToString();
    }

    // Text that may stand unquoted: it starts with a letter, a slash or an underscore and holds nothing that YAML reads as syntax.
    [GeneratedRegex(@"^[A-Za-z_/][A-Za-z0-9_./@+=\-]*( [A-Za-z0-9_./@+=\-(),]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    // What a reader of YAML 1.1 or 1.2 takes for something else than text.
    [GeneratedRegex(@"^(null|true|false|yes|no|on|off|y|n|\.nan|\.inf)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();

    private static void WriteMap(StringBuilder text, JsonObject map, int indent)
    {
        foreach (var (name, value) in map)
        {
            text.Append(' ', indent).Append(Plain().IsMatch(name) && !Reserved().IsMatch(name) ? name : Quoted(name)).Append(':');
            WriteValue(text, value, indent);
        }
    }

    private static void WriteList(StringBuilder text, JsonArray list, int indent)
    {
        foreach (var item in list)
        {
            text.Append(' ', indent).Append('-');
            if (item is JsonObject { Count: > 0 } map)
            {
                // The first member stands behind the dash.
                var inner = new StringBuilder();
                WriteMap(inner, map, indent + 2);
                text.Append(' ').Append(inner.ToString().AsSpan(indent + 2));
            }
            else
            {
                WriteValue(text, item, indent);
            }
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                text.Append('\n');
                WriteMap(text, map, indent + 2);
                break;
            case JsonArray { Count: > 0 } list:
                text.Append('\n');
                WriteList(text, list, indent + 2);
                break;
            default:
                text.Append(' ').Append(Scalar(value, indent)).Append('\n');
                break;
        }
    }

    private static string Scalar(JsonNode? value, int indent) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>(), indent),
        _ when value.GetValueKind() == JsonValueKind.Number => Number(value.ToJsonString()),
        _ => value.ToJsonString(),
    };

    /// <summary>YAML 1.1 (Python's reader) takes <c>1E+20</c> for text, <c>1.0E+20</c> for a number, and wants the exponent's sign.</summary>
    private static string Number(string json)
    {
        var e = json.AsSpan().IndexOfAny('e', 'E');
        if (e < 0)
        {
            return json;
        }

        var (mantissa, exponent) = (json[..e], json[(e + 1)..]);
        return $"{mantissa}{(mantissa.Contains('.') ? "" : ".0")}e{(exponent[0] is '+' or '-' ? "" : "+")}{exponent}";
    }

    private static string Text(string value, int indent)
    {
        if (Plain().IsMatch(value) && !Reserved().IsMatch(value))
        {
            return value;
        }

        // Several lines read better as a block; leading blanks and other control characters would be lost in one.
        if (value.Contains('\n') && !value.StartsWith(' ') && !value.StartsWith('\n') && value.All(c => c == '\n' || !char.IsControl(c)))
        {
            var body = value.TrimEnd('\n');
            var keep = (value.Length - body.Length) switch { 0 => "-", 1 => "", _ => "+" };
            if (keep != "+")
            {
                var pad = new string(' ', indent + 2);
                return $"|{keep}\n{string.Join('\n', body.Split('\n').Select(line => line.Length == 0 ? "" : pad + line))}";
            }
        }

        return Quoted(value);
    }

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
