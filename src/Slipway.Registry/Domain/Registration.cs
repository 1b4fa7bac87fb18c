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
            Text("idempotencyKey", request.IdempotencyKey, LongestKey, empty: false),
            Text("author", request.Author, LongestName), Text("description", request.Description, LongestText),
            Text("lineage.reason", request.Lineage.Reason ?? "", LongestText),
            Text("lineage.run", request.Lineage.Run ?? "", LongestName), Text("lineage.pipelineRun", request.Lineage.PipelineRun ?? "", LongestName),
            Text("lineage.codeCommit", request.Lineage.CodeCommit ?? "", LongestName),
            .. request.Lineage.Datasets.Select((d, i) => Text($"lineage.datasets[{i}]", d, LongestName, empty: false)),
            .. Tensors("inputs", request.Inputs), .. Tensors("outputs", request.Outputs),
            .. Values("parameters", request.Parameters), .. Values("tags", request.Tags),
            .. request.Metrics.Keys.Select(k => Text("metrics", k, LongestName, empty: false)),
        ];
        return [.. faults.OfType<Fault>()];
    }

    /// <summary>PostgreSQL's text cannot hold NUL, and unpaired surrogates are no text in UTF-8.</summary>
    public static Fault? Text(string path, string value, int longest, bool empty = true)
    {
        if (value.Length == 0 && !empty)
        {
            return new Fault(path, "is empty; give a value");
        }

        if (value.Length > longest)
        {
            return new Fault(path, $"has {value.Length} characters; at most {longest} are kept");
        }

        return value.Contains('\0', StringComparison.Ordinal) || !IsWellFormed(value)
            ? new Fault(path, "has characters that are no text (NUL or half of a surrogate pair); take them out")
            : null;
    }

    private static IEnumerable<Fault?> Values(string path, IReadOnlyDictionary<string, string> values) =>
        values.SelectMany(p => new[] { Text(path, p.Key, LongestName, empty: false), Text($"{path}.{Names.Shown(p.Key)}", p.Value, LongestText) });

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
        Text($"{path}.name", tensor.Name, LongestText, empty: false),
        Text($"{path}.datatype", tensor.Datatype, LongestName, empty: false),
        tensor.Shape.Any(d => d < -1) ? new Fault($"{path}.shape", "has a dimension below -1; use -1 for any size") : null,
    ];

    private static bool IsWellFormed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return false;
            }
        }

        return true;
    }
}
