using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Values;

/// <summary>Numbers of JSON values, whichever way they came to be.</summary>
public static class Numbers
{
    public static bool IsNumber(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number;

    /// <summary>False when it is no number, or one too large for a double.</summary>
    public static bool TryDouble(JsonNode? node, out double number)
    {
        number = 0;
        // By way of its text, since a number set in code answers to its own type only.
        return IsNumber(node) && double.TryParse(node!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }

    /// <summary>Whole numbers only; <c>3.0</c> is one.</summary>
    public static bool TryLong(JsonNode? node, out long number)
    {
        number = 0;
        if (!IsNumber(node))
        {
            return false;
        }

        if (long.TryParse(node!.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        if (!TryDouble(node, out var value) || value != Math.Floor(value) || Math.Abs(value) >= 9.2e18)
        {
            return false;
        }

        number = (long)value;
        return true;
    }

    /// <summary>The shortest decimal that reads back the same, without exponent: <c>0.1</c>, <c>3</c>, <c>100000000000000000000</c>.</summary>
    public static string Text(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e < 0)
        {
            return text == "-0" ? "0" : text;
        }

        var sign = text[0] == '-' ? "-" : "";
        var mantissa = text[sign.Length..e];
        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var whole = (point < 0 ? mantissa.Length : point) + exponent;
        return whole <= 0 ? $"{sign}0.{new string('0', -whole)}{digits}"
            : whole >= digits.Length ? $"{sign}{digits}{new string('0', whole - digits.Length)}"
            : $"{sign}{digits[..whole]}.{digits[whole..]}";
    }
}
