using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Steps;

namespace Slipway.Pipelines.Runs;

/// <summary>What is refused before a run is made.</summary>
internal static class RunCheck
{
    // A pipeline that is wrong from end to end is not helped by more.
    private const int MostFaults = 100;

    /// <summary>The run's parameters with defaults filled in; Invalid with every fault.</summary>
    public static Result<JsonObject> Bind(RunSubmission submission, ComponentCatalog components)
    {
        var faults = Unknown(submission.Pipeline, components).ToList();
        if (submission.Resource is not null)
        {
            return faults.Count > 0 ? Problem.Invalid(faults) : submission.Parameters;
        }

        faults.AddRange(PipelineChecks.Of(submission.Pipeline).Where(f => f.IsError).Take(MostFaults).Select(f => f.ToFault()));
        if (!RunInputs.Bind(submission.Pipeline, submission.Parameters).TryGet(out var bound, out var problem))
        {
            faults.AddRange(problem.Faults);
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new JsonObject(bound!.Parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
    }

    private static IEnumerable<Fault> Unknown(PipelineSpec spec, ComponentCatalog components)
    {
        foreach (var label in Reachable(spec).Select(c => c.ExecutorLabel).OfType<string>().Distinct())
        {
            if (spec.Executors.GetValueOrDefault(label) is ExecutorSpec.Container { Spec: { Image: WellKnownImages.Component } built })
            {
                var name = built.Command.Count > 0 ? built.Command[0] : "";
                if (!components.Has(name))
                {
                    yield return new Fault(label.StartsWith("exec-", StringComparison.Ordinal) ? $"step {label[5..]}" : label, components.Unknown(name));
                }
            }
        }
    }

    /// <summary>A package may hold components that nothing uses.</summary>
    private static IEnumerable<ComponentSpec> Reachable(PipelineSpec spec)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<ComponentSpec>([spec.Root]);
        while (next.TryPop(out var component))
        {
            yield return component;
            foreach (var task in component.Dag?.Tasks.Values ?? [])
            {
                if (seen.Add(task.Component) && spec.ComponentOf(task) is { } used)
                {
                    next.Push(used);
                }
            }
        }
    }
}
