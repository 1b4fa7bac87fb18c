using System.Text.RegularExpressions;

namespace Slipway.PipelineLanguage.Checks;

internal static partial class HeaderChecks
{
    public static void Run(CheckContext context)
    {
        var spec = context.Spec;
        if (!spec.SchemaVersion.StartsWith("2.", StringComparison.Ordinal))
        {
            context.Error("schemaVersion", $"must be 2.1.0, not '{spec.SchemaVersion}'; compile the pipeline with version 2 of the SDK");
        }

        if (!Name().IsMatch(spec.Info.Name))
        {
            context.Error("pipelineInfo.name", $"'{spec.Info.Name}' must be lower-case letters, digits and dashes, starting with a letter or digit, at most 128");
        }

        if (spec.Root.Dag is null)
        {
            context.Error("root", "must be a dag");
        }
        else if (spec.Root.Dag.Tasks.Count == 0)
        {
            context.Error("root.dag", "has no tasks");
        }

        foreach (var label in spec.Platform?.Executors.Keys.Where(l => !spec.Executors.ContainsKey(l)) ?? [])
        {
            context.Warning("deploymentSpec.executors", $"the platform document configures executor '{label}', which the pipeline does not have");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,127})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
