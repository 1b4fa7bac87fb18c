using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Everything that can be known to be wrong with a pipeline before anything runs, all at once.</summary>
public static class PipelineChecks
{
    // A file that is wrong from end to end is not helped by more.
    private const int MostInAProblem = 100;

    /// <summary>Errors and warnings in the order of their lines.</summary>
    public static IReadOnlyList<Finding> Of(PipelineSource source) =>
    [
        .. Of(source.Spec).Select(finding =>
        {
            var place = source.PositionOf(finding.Path);
            return finding with { File = source.Document.File, Line = place.Line, Column = place.Column };
        }).OrderBy(f => f.Line).ThenBy(f => f.Column),
    ];

    public static IReadOnlyList<Finding> Of(PipelineSpec spec)
    {
        var context = new CheckContext(spec);
        HeaderChecks.Run(context);
        ComponentChecks.Run(context);
        foreach (var (path, component) in context.Components)
        {
            if (component.Dag is { } dag)
            {
                EdgeChecks.Run(context, path, dag);
                OutputChecks.Run(context, path, component, dag);
                foreach (var (name, task) in dag.Tasks)
                {
                    TaskChecks.Run(context, $"{path}.dag.tasks.{name}", component, dag, task);
                }
            }
            else
            {
                ExecutorChecks.Run(context, path, component);
            }
        }

        SizeChecks.Run(context);
        return context.Findings;
    }

    /// <summary>The pipeline, or a problem that lists every error with file and line.</summary>
    public static Result<PipelineSource> Require(PipelineSource source)
    {
        var faults = Of(source).Where(f => f.IsError).Select(f => f.ToFault()).ToList();
        return faults.Count == 0 ? source
            : Problem.Invalid(faults.Count <= MostInAProblem ? faults : [.. faults.Take(MostInAProblem), new Fault(source.Document.File, $"and {faults.Count - MostInAProblem} more")]);
    }
}
