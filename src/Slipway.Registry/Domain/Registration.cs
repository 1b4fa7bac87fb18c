using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What a registration must look like before anything is looked up.</summary>
internal static class Registration
{
    private const int LongestKey = 512;
    private const int LongestText = 100_000;
    private const int LongestName = 250;

    public static IReadOnlyList<Fault> Check(RegisterModelVersion request)
    {
        List<Fault?> faults =
        [
            Names.Namespace(request.Namespace), Names.Model(request.Model), Names.Digest(request.ArtifactDigest), Names.Format(request.Format),
            Texts.Check("idempotencyKey", request.IdempotencyKey, LongestKey, empty: false),
            Texts.Check("author", request.Author, LongestName), Texts.Check("description", request.Description, LongestText),
            Texts.Check("lineage.reason", request.Lineage.Reason ?? "", LongestText),
            Texts.Check("lineage.run", request.Lineage.Run ?? "", LongestName), Texts.Check("lineage.pipelineRun", request.Lineage.PipelineRun ?? "", LongestName),
            Texts.Check("lineage.codeCommit", request.Lineage.CodeCommit ?? "", LongestName),
            .. request.Lineage.Datasets.Select((d, i) => Texts.Check($"lineage.datasets[{i}]", d, LongestName, empty: false)),
            .. Tensors("inputs", request.Inputs), .. Tensors("outputs", request.Outputs),
            .. Values("parameters", request.Parameters), .. Values("tags", request.Tags),
            .. request.Metrics.Keys.Select(k => Texts.Check("metrics", k, LongestName, empty: false)),
            .. Facts(request.Facts),
        ];
        return [.. faults.OfType<Fault>()];
    }

    private static IEnumerable<Fault?> Facts(ModelFacts facts) =>
    [
        Texts.Check("facts.framework", facts.Framework ?? "", LongestName), Texts.Check("facts.frameworkVersion", facts.FrameworkVersion ?? "", LongestName),
        Texts.Check("facts.preprocessing", facts.Preprocessing ?? "", LongestText), Texts.Check("facts.baseModel", facts.BaseModel ?? "", LongestKey),
        Texts.Check("facts.license", facts.License ?? "", LongestName), Texts.Check("facts.inputExample", facts.InputExample ?? "", LongestText),
        .. facts.Flavors.Select(f => Texts.Check("facts.flavors", f, LongestName, empty: false)),
        .. facts.Requirements.Select(f => Texts.Check("facts.requirements", f, LongestKey, empty: false)),
        .. facts.FeatureViews.Select(f => Texts.Check("facts.featureViews", f, LongestName, empty: false)),
        .. Values("facts.environment", facts.Environment),
        .. facts.MetricsBySplit.SelectMany(s => s.Value.Keys.Prepend(s.Key)).Select(k => Texts.Check("facts.metricsBySplit", k, LongestName, empty: false)),
    ];

    private static IEnumerable<Fault?> Values(string path, IReadOnlyDictionary<string, string> values) =>
        values.SelectMany(p => new[] { Texts.Check(path, p.Key, LongestName, empty: false), Texts.Check($"{path}.{Names.Shown(p.Key)}", p.Value, LongestText) });

    private static IEnumerable<Fault?> Tensors(string path, IReadOnlyList<TensorSpec> tensors)
    {
        var twice = tensors.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return
        [
            .. tensors.SelectMany((tensor, i) => Tensor($"{path}[{i}]", tensor)),
            twice is null ? null : new Fault(path, $"names '{Names.Shown(twice.Key)}' twice; names are unique"),
        ];
    }

    private static Fault?[] Tensor(string path, TensorSpec tensor) =>
    [
        Texts.Check($"{path}.name", tensor.Name, LongestText, empty: false),
        Texts.Check($"{path}.datatype", tensor.Datatype, LongestName, empty: false),
        tensor.Shape.Any(d => d < -1) ? new Fault($"{path}.shape", "has a dimension below -1; use -1 for any size") : null,
    ];
}
