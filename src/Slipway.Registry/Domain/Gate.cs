using System.Globalization;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Registry.Domain;

/// <summary>Asks a version for everything that the rules want.</summary>
internal static class Gate
{
    /// <param name="scanVerdict">Of the last scan; null when there was none.</param>
    public static IReadOnlyList<GateFinding> Ask(GateRules rules, ModelVersion version, string? scanVerdict) =>
    [
        .. rules.Metrics.Select(m => Metric(m, version)),
        .. rules.Documentation ? Documentation(version) : [],
        .. rules.Tags.Select(t => Finding($"tag {t}", version.Tags.ContainsKey(t), $"the tag {t} is missing", $"the tag {t} is there")),
        .. rules.PickleScan == "off" ? [] : Scan(rules.PickleScan, version, scanVerdict),
    ];

    public static bool Opens(IReadOnlyList<GateFinding> findings) => findings.All(f => f.Passed || f.Warning);

    private static GateFinding Metric(MetricBound bound, ModelVersion version)
    {
        var rule = bound.Split is null ? $"metric {bound.Name}" : $"metric {bound.Split}.{bound.Name}";
        var metrics = bound.Split is null ? version.Metrics : version.Facts.MetricsBySplit.GetValueOrDefault(bound.Split, new Dictionary<string, double>());
        if (!metrics.TryGetValue(bound.Name, out var value))
        {
            return new GateFinding(rule, false, "it was not measured");
        }

        // NaN is within no bounds.
        var within = (bound.Min is not { } min || value >= min) && (bound.Max is not { } max || value <= max);
        return new GateFinding(rule, within, $"{Shown(value)} {(within ? "is" : "is not")} {Range(bound)}");
    }

    private static IEnumerable<GateFinding> Documentation(ModelVersion version) =>
    [
        Finding("description", !string.IsNullOrWhiteSpace(version.Description), "the version has no description", "there is one"),
        Finding("training data", version.Lineage.Datasets.Any(d => d.Length > 0), "the lineage names no dataset", "the lineage names it"),
        Finding("licence", !string.IsNullOrWhiteSpace(version.Facts.License ?? version.Tags.GetValueOrDefault("license")), "no licence is written down", "there is one"),
    ];

    private static IEnumerable<GateFinding> Scan(string mode, ModelVersion version, string? verdict)
    {
        // An artifact of ours in ONNX is one file that holds no pickle.
        if (version.Source.Length == 0 && version.Format == "onnx")
        {
            return [new GateFinding("pickle scan", true, "ONNX holds no pickles")];
        }

        var refused = verdict switch
        {
            null => "it was not scanned yet; ask for a scan first",
            "dangerous" => "the scan found code that loading would run",
            "unreadable" => "the scan could not read it to the end",
            "suspicious" when mode == "strict" => "the scan found imports that nothing is known of",
            _ => null,
        };
        return [new GateFinding("pickle scan", refused is null, refused ?? $"the scan says {verdict}", Warning: mode == "warn")];
    }

    private static GateFinding Finding(string rule, bool passed, string otherwise, string fine) => new(rule, passed, passed ? fine : otherwise);

    private static string Range(MetricBound bound) => (bound.Min, bound.Max) switch
    {
        ({ } min, { } max) => $"from {Shown(min)} to {Shown(max)}",
        ({ } min, null) => $"at least {Shown(min)}",
        _ => $"at most {Shown(bound.Max!.Value)}",
    };

    private static string Shown(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
