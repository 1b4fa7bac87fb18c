using System.Globalization;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;

namespace Slipway.Registry.Domain;

/// <summary>Two versions side by side: everything that either has, sorted by name.</summary>
internal static class Comparison
{
    public static VersionComparison Of(ModelVersion left, ModelVersion right) => new(
        left.Model, left.Version, right.Version, left.ArtifactDigest == right.ArtifactDigest,
        SameTensors(left.Inputs, right.Inputs) && SameTensors(left.Outputs, right.Outputs),
        Texts(left.Parameters, right.Parameters), Numbers(left.Metrics, right.Metrics), Texts(Facts(left), Facts(right)), Texts(left.Tags, right.Tags));

    private static IReadOnlyList<ComparedText> Texts(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        [.. Union(left.Keys, right.Keys).Select(k => (k, l: left.GetValueOrDefault(k), r: right.GetValueOrDefault(k))).Select(x => new ComparedText(x.k, x.l, x.r, x.l == x.r))];

    private static IReadOnlyList<ComparedNumber> Numbers(IReadOnlyDictionary<string, double> left, IReadOnlyDictionary<string, double> right) =>
        [.. Union(left.Keys, right.Keys).Select(k =>
        {
            double? l = left.TryGetValue(k, out var a) ? a : null, r = right.TryGetValue(k, out var b) ? b : null;
            return new ComparedNumber(k, l, r, r - l);
        })];

    private static Dictionary<string, string> Facts(ModelVersion version)
    {
        var lineage = version.Lineage;
        (string Name, string? Value)[] all =
        [
            ("artifactDigest", version.ArtifactDigest), ("format", version.Format), ("author", version.Author),
            ("datasets", string.Join(',', lineage.Datasets)), ("pipelineRun", lineage.PipelineRun), ("run", lineage.Run),
            ("framework", version.Facts.Framework), ("frameworkVersion", version.Facts.FrameworkVersion), ("license", version.Facts.License), ("baseModel", version.Facts.BaseModel),
            ("featureViews", string.Join(',', version.Facts.FeatureViews)), ("requirements", string.Join(',', version.Facts.Requirements)), ("stage", version.Stage),
            ("codeCommit", lineage.CodeCommit), ("parentVersion", lineage.ParentVersion?.ToString(CultureInfo.InvariantCulture)), ("reason", lineage.Reason),
        ];
        return all.Where(f => !string.IsNullOrEmpty(f.Value)).ToDictionary(f => f.Name, f => f.Value!, StringComparer.Ordinal);
    }

    private static bool SameTensors(IReadOnlyList<TensorSpec> left, IReadOnlyList<TensorSpec> right) =>
        left.Count == right.Count && left.Zip(right).All(p => p.First.Name == p.Second.Name && p.First.Datatype == p.Second.Datatype && p.First.Shape.SequenceEqual(p.Second.Shape));

    private static IEnumerable<string> Union(IEnumerable<string> left, IEnumerable<string> right) =>
        left.Union(right, StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
