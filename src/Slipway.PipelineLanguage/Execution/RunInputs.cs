using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What a run is started with, checked against what the pipeline takes. Every fault is told at once, before any task runs.</summary>
public static class RunInputs
{
    /// <summary>Every declared parameter with a value: the one given, else the default, else null for an optional one.</summary>
    public static Result<TaskValues> Bind(PipelineSpec pipeline, JsonObject given)
    {
        var inputs = pipeline.Root.Inputs;
        var faults = new List<Fault>();
        var bound = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, parameter) in inputs.Parameters)
        {
            if (!given.TryGetPropertyValue(name, out var value))
            {
                if (!parameter.HasDefault && !parameter.IsOptional)
                {
                    faults.Add(new Fault($"parameters.{name}", $"is required and was not given: {ParameterValues.Name(parameter.Type)}"));
                    continue;
                }

                // A default was checked with the pipeline; a faulty one is told here, too, so that no run starts with it.
                value = parameter.Default;
            }

            if (value is null && (parameter.IsOptional || parameter.HasDefault))
            {
                bound[name] = null;
            }
            else if (!ParameterValues.Retype(parameter.Type, value).TryGet(out var typed, out var problem))
            {
                faults.Add(new Fault($"parameters.{name}", problem.Message));
            }
            else if (parameter.Literals.Count > 0 && !parameter.Literals.Any(l => ParameterValues.AreEqual(l, typed)))
            {
                faults.Add(new Fault($"parameters.{name}", $"must be one of {string.Join(", ", parameter.Literals.Select(ParameterValues.Describe))}, not {ParameterValues.Describe(typed)}"));
            }
            else
            {
                bound[name] = typed;
            }
        }

        foreach (var (name, _) in given.Where(g => !inputs.Parameters.ContainsKey(g.Key)))
        {
            faults.Add(new Fault(
                $"parameters.{name}",
                inputs.Parameters.Count == 0 ? "the pipeline takes no parameters" : $"the pipeline has no such parameter; it has: {string.Join(", ", inputs.Parameters.Keys)}"));
        }

        foreach (var (name, _) in inputs.Artifacts.Where(a => !a.Value.IsOptional))
        {
            faults.Add(new Fault($"artifacts.{name}", "the pipeline needs an artifact from outside, which a run cannot be given; import it in the pipeline"));
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : TaskValues.Of(bound);
    }
}
