using System.Text;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Registry.Domain;

/// <param name="Number">For metrics that are numbers.</param>
internal sealed record SearchFact(string Kind, string Key, string Text, double? Number = null);

/// <summary>By what a version can be found.</summary>
internal static class SearchFacts
{
    public const string Tag = "tag";
    public const string Metric = "metric";
    public const string Parameter = "parameter";
    public const string Dataset = "dataset";
    public const string Input = "input";
    public const string Output = "output";
    public const string Flavor = "flavor";
    public const string View = "view";
    public const string Framework = "framework";

    // PostgreSQL's index takes rows of up to 2,704 bytes; a longer name is found by nothing else either.
    private const int LongestKeyBytes = 1_000;

    public static IReadOnlyList<SearchFact> Of(ModelVersion version) =>
        [.. All(version).Where(f => f.Key.Length > 0 && Encoding.UTF8.GetByteCount(f.Key) <= LongestKeyBytes).DistinctBy(f => (f.Kind, f.Key))];

    private static SearchFact[] All(ModelVersion version) =>
    [
        .. version.Tags.Select(t => new SearchFact(Tag, t.Key, t.Value)),
        .. version.Metrics.Select(m => Measured(m.Key, m.Value)),
        .. version.Facts.MetricsBySplit.SelectMany(s => s.Value.Select(m => Measured($"{s.Key}.{m.Key}", m.Value))).Where(f => !version.Metrics.ContainsKey(f.Key)),
        .. version.Parameters.Select(p => new SearchFact(Parameter, p.Key, p.Value)),
        .. version.Lineage.Datasets.Where(d => d.Length > 0).Distinct(StringComparer.Ordinal).Select(d => new SearchFact(Dataset, d, d)),
        .. version.Inputs.Select(t => new SearchFact(Input, t.Name, t.Datatype)),
        .. version.Outputs.Select(t => new SearchFact(Output, t.Name, t.Datatype)),
        .. version.Facts.Flavors.Distinct(StringComparer.Ordinal).Select(f => new SearchFact(Flavor, f, f)),
        .. version.Facts.FeatureViews.Distinct(StringComparer.Ordinal).Select(f => new SearchFact(View, f, f)),
        .. version.Facts.Framework is { Length: > 0 } framework ? [new SearchFact(Framework, framework.ToLowerInvariant(), version.Facts.FrameworkVersion ?? "")] : Array.Empty<SearchFact>(),
    ];

    // NaN and the infinities are within no range that somebody asks for.
    private static SearchFact Measured(string name, double value) => new(Metric, name, "", double.IsFinite(value) ? value : null);
}
