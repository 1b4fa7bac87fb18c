using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>One artifact of a task: that its source exists and gives what the component takes.</summary>
internal static class ArtifactChecks
{
    public static void Run(CheckContext context, string path, ComponentSpec parent, DagSpec dag, ArtifactSource source, InputArtifact? declared, bool isIterated)
    {
        ArtifactType type;
        bool isList;
        switch (source)
        {
            case ArtifactSource.ComponentInput input:
                if (!parent.Inputs.Artifacts.TryGetValue(input.Name, out var given))
                {
                    context.Error(path, $"the graph has no input artifact '{input.Name}'; {CheckContext.There(parent.Inputs.Artifacts.Keys)}");
                    return;
                }

                (type, isList) = (given.Type, given.IsList);
                break;
            case ArtifactSource.TaskOutput output:
                if (!dag.Tasks.TryGetValue(output.Task, out var task))
                {
                    context.Error(path, $"there is no task '{output.Task}' in this graph; {CheckContext.There(dag.Tasks.Keys)}");
                    return;
                }

                if (context.Spec.ComponentOf(task) is not { } producer)
                {
                    return;
                }

                if (!producer.Outputs.Artifacts.TryGetValue(output.Key, out var made))
                {
                    context.Error(path, $"task {output.Task} has no output artifact '{output.Key}'; {CheckContext.There(producer.Outputs.Artifacts.Keys)}");
                    return;
                }

                (type, isList) = (made.Type, made.IsList || task.IsLoop);
                break;
            default:
                return;
        }

        if (declared is null)
        {
            return;
        }

        if (Types.Mismatch(type, declared.Type) is { } mismatch)
        {
            context.Error(path, mismatch);
        }

        if (isList && !declared.IsList && !isIterated)
        {
            context.Warning(path, "takes one artifact, and is given a list; it gets the first");
        }
    }
}
