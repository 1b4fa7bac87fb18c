using System.Globalization;

namespace Slipway.Compute.Workloads;

/// <summary>Bytes as people read them: <c>512 MiB</c>, <c>1.5 GiB</c>.</summary>
internal static class ByteText
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Of(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {Units[unit]}");
    }
}
