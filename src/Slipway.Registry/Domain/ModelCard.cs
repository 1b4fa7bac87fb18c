using System.Globalization;
using System.Text;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Registry.Domain;

/// <summary>A model card in Markdown from what is known. Nothing is invented: a part of which nothing is known says so.</summary>
internal static class ModelCard
{
    public static string Of(ModelVersion version, IReadOnlyList<AliasAssignment> aliases, IReadOnlyList<string> usedBy)
    {
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"# {version.Model}, version {version.Version}").AppendLine();
        Part(card, "Description", [version.Description]);
        Part(card, "State", [
            Line("Stage", version.Stage), Line("Aliases", string.Join(", ", aliases.Where(a => a.Version == version.Version).Select(a => a.Alias))),
            Line("Served by", string.Join(", ", usedBy)),
        ]);
        Part(card, "Made", [
            Line("Author", version.Author), Line("Time", version.Created.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)), Line("Why", version.Lineage.Reason),
            Line("Framework", $"{version.Facts.Framework} {version.Facts.FrameworkVersion}".Trim()), Line("Format", version.Format), Line("Run", version.Lineage.Run),
            Line("Pipeline run", version.Lineage.PipelineRun), Line("Code", version.Lineage.CodeCommit), Line("Parent", Number(version.Lineage.ParentVersion)),
            Line("Base model", version.Facts.BaseModel), Line("Licence", version.Facts.License ?? version.Tags.GetValueOrDefault("license")),
        ]);
        Part(card, "Data", [
            Line("Datasets", string.Join(", ", version.Lineage.Datasets)), Line("Preprocessing", version.Facts.Preprocessing), Line("Feature views", string.Join(", ", version.Facts.FeatureViews)),
        ]);
        Metrics(card, version);
        Table(card, "Parameters", version.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, p.Value)));
        Table(card, "Inputs", version.Inputs.Select(Tensor));
        Table(card, "Outputs", version.Outputs.Select(Tensor));
        Table(card, "Environment", version.Facts.Environment.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, p.Value)).Concat(version.Facts.Requirements.Select(r => (r, ""))));
        Part(card, "Artifact", [Line("SHA-256", version.ArtifactDigest), Line("Source", version.Source), Line("Signature", version.Signature)]);
        return card.ToString().TrimEnd() + "\n";
    }

    private static void Metrics(StringBuilder card, ModelVersion version)
    {
        var rows = version.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, Shown(m.Value)))
            .Concat(version.Facts.MetricsBySplit.OrderBy(s => s.Key, StringComparer.Ordinal)
                .SelectMany(s => s.Value.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => ($"{s.Key}: {m.Key}", Shown(m.Value)))));
        Table(card, "Metrics", rows);
    }

    private static void Part(StringBuilder card, string title, IEnumerable<string> lines)
    {
        card.AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine();
        var kept = lines.Where(l => !string.IsNullOrWhiteSpace(l)).ToArray();
        card.AppendLine(kept.Length == 0 ? "Nothing is known." : string.Join('\n', kept)).AppendLine();
    }

    private static void Table(StringBuilder card, string title, IEnumerable<(string Name, string Value)> rows)
    {
        var all = rows.ToArray();
        if (all.Length == 0)
        {
            return;
        }

        card.AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine().AppendLine("| name | value |").AppendLine("| --- | --- |");
        foreach (var (name, value) in all)
        {
            card.AppendLine(CultureInfo.InvariantCulture, $"| {Cell(name)} | {Cell(value)} |");
        }

        card.AppendLine();
    }

    private static (string Name, string Value) Tensor(TensorSpec tensor) => (tensor.Name, $"{tensor.Datatype} [{string.Join(", ", tensor.Shape.Select(d => d < 0 ? "any" : Number((int)d)))}]");

    private static string Line(string name, string? value) => string.IsNullOrWhiteSpace(value) ? "" : $"- {name}: {value}";

    // A bar or a line break in a value would end the cell.
    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Shown(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
