using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Frames;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Tests.Drift;

/// <summary>The reference cases in tests/data/drift.</summary>
internal static class DriftCases
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "drift");

    public static JsonObject Expected { get; } = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")))!;

    public static IEnumerable<string> Names => Expected.Select(p => p.Key).Where(n => !n.StartsWith('_'));

    public static (Column Reference, Column Current) Columns(string name)
    {
        var rows = File.ReadLines(Path.Combine(Folder, name + ".csv")).Skip(1).Select(l => l.Split(',')).ToList();
        var numeric = (string?)Expected[name]!["kind"] == "num";
        return (Of("ref"), Of("cur"));

        Column Of(string sample)
        {
            var values = rows.Where(r => r[0] == sample).Select(r => r[1]).ToArray();
            return numeric
                ? new NumericColumn(name, Array.ConvertAll(values, Number))
                : new TextColumn(name, Array.ConvertAll(values, v => v.Length == 0 ? null : v));
        }
    }

    public static ColumnPair Pair(string name)
    {
        var (reference, current) = Columns(name);
        return ColumnPair.Of(reference, current).Value;
    }

    private static double Number(string text) => text switch
    {
        "" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
