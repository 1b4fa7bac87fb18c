using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Steps;

namespace Slipway.Pipelines.Runs;

/// <summary>What is refused before a run is made.</summary>
internal static class RunCheck
{
    /// <summary>The run's parameters with defaults filled in; Invalid with every fault.</summary>
    public static Result<JsonObject> Bind(RunSubmission submission, ComponentCatalog components)
    {
        var faults = Unknown(submission.Pipeline, components).ToList();
        if (submission.Resource is not null)
        {
            return faults.Count > 0 ? Problem.Invalid(faults) : submission.Parameters;
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : submission.Parameters;
    }

    private static IEnumerable<Fault> Unknown(PipelineSpec spec, ComponentCatalog components)
    {
        foreach (var (label, executor) in spec.Executors)
        {
            if (executor is ExecutorSpec.Container { Spec: { Image: WellKnownImages.Component } built })
            {
                var name = built.Command.Count > 0 ? built.Command[0] : "";
                if (!components.Has(name))
                {
                    yield return new Fault(label.StartsWith("exec-", StringComparison.Ordinal) ? $"step {label[5..]}" : label, components.Unknown(name));
                }
            }
        }
    }
}
