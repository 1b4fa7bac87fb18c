using System.Globalization;
using System.Text;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Registry.Domain;

/// <summary>
/// What the registry signs of a version: every fact that must not change, one per line, each value preceded by its length so that no two different versions
/// say the same. The model's name is left out, since models are renamed; so is what may be said about a version later (description, tags, stage).
/// </summary>
internal static class Statement
{
    public static byte[] Of(ModelVersion version)
    {
        var text = new StringBuilder("slipway.model.version.1\n");
        Line(text, "digest", version.ArtifactDigest);
        Line(text, "format", version.Format);
        Line(text, "source", version.Source);
        Line(text, "version", version.Version.ToString(CultureInfo.InvariantCulture));
        Line(text, "created", version.Created.UtcTicks.ToString(CultureInfo.InvariantCulture));
        Line(text, "run", version.Lineage.Run ?? "");
        Line(text, "pipelineRun", version.Lineage.PipelineRun ?? "");
        Line(text, "codeCommit", version.Lineage.CodeCommit ?? "");
        Line(text, "parent", version.Lineage.ParentVersion?.ToString(CultureInfo.InvariantCulture) ?? "");
        foreach (var dataset in version.Lineage.Datasets)
        {
            Line(text, "dataset", dataset);
        }

        foreach (var (name, value) in version.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Line(text, "parameter", name);
            Line(text, "=", value);
        }

        foreach (var (name, value) in version.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            Line(text, "metric", name);
            Line(text, "=", value.ToString("R", CultureInfo.InvariantCulture));
        }

        Tensors(text, "input", version.Inputs);
        Tensors(text, "output", version.Outputs);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Tensors(StringBuilder text, string what, IReadOnlyList<TensorSpec> tensors)
    {
        foreach (var tensor in tensors)
        {
            Line(text, what, tensor.Name);
            Line(text, "type", $"{tensor.Datatype}[{string.Join(',', tensor.Shape.Select(d => d.ToString(CultureInfo.InvariantCulture)))}]");
        }
    }

    private static void Line(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name} {value.Length} {value}\n");
}
