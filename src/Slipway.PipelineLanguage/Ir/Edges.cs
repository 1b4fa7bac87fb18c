namespace Slipway.PipelineLanguage.Ir;

/// <summary>What a task waits for.</summary>
public static class Edges
{
    /// <summary>Every task that the given one waits for, each once: those it names and those that its inputs come from.</summary>
    public static IEnumerable<string> Upstream(this TaskSpec task) =>
        task.DependentTasks
            .Concat(task.Parameters.Values.Select(p => p.Source switch
            {
                ParameterSource.TaskOutput output => output.Task,
                ParameterSource.FinalStatus status => status.Task,
                _ => null,
            }).OfType<string>())
            .Concat(task.Artifacts.Values.OfType<ArtifactSource.TaskOutput>().Select(o => o.Task))
            .Distinct(StringComparer.Ordinal);

    /// <summary>Every selector of the graph's outputs.</summary>
    public static IEnumerable<OutputSelector> OutputSelectors(this DagSpec dag) =>
        dag.ParameterOutputs.Values.SelectMany(o => o.Selectors).Concat(dag.ArtifactOutputs.Values.SelectMany(o => o.Selectors));
}
