using System.Globalization;

namespace Slipway.Serving.Domain;

/// <summary>Amounts as Kubernetes writes them: <c>500m</c>, <c>2</c>, <c>512Mi</c>, <c>1.5G</c>.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, double Factor)[] Suffixes =
    [
        ("Ki", 1024.0), ("Mi", 1048576.0), ("Gi", 1073741824.0), ("Ti", 1099511627776.0), ("m", 0.001), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("", 1),
    ];

    public static bool TryParse(string? text, out double amount)
    {
        amount = 0;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var (suffix, factor) = Suffixes.First(s => text.EndsWith(s.Suffix, StringComparison.Ordinal));
        if (!double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        amount = number * factor;
        return double.IsFinite(amount);
    }
}
