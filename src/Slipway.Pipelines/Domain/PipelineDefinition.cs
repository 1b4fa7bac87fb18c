using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Domain;

/// <param name="Uses">The built-in component: <c>slipway/train</c>.</param>
/// <param name="If">A placeholder whose value decides whether the step runs at all; null always runs.</param>
internal sealed record StepDefinition(string Name, string Uses, IReadOnlyList<string> Needs, string? If, JsonObject With);

internal sealed record ParameterDefinition(string Name, JsonNode? Default, bool HasDefault);

/// <summary>A pipeline as its author wrote it, checked. Steps stand in an order in which each comes after what it needs.</summary>
internal sealed partial record PipelineDefinition(IReadOnlyList<ParameterDefinition> Parameters, IReadOnlyList<StepDefinition> Steps)
{
    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex StepName();

    /// <summary>Reads a Pipeline's spec; lists every fault with its path.</summary>
    public static Result<PipelineDefinition> Parse(JsonObject spec)
    {
        var faults = new List<Fault>();
        var parameters = ReadParameters(spec, faults);
        var steps = ReadSteps(spec, faults);
        if (steps.Count == 0)
        {
            faults.Add(new Fault("spec.steps", "a pipeline needs at least one step"));
        }

        CheckReferences(parameters, steps, faults);
        var ordered = Order(steps, faults);
        return faults.Count > 0 ? Problem.Invalid(faults) : new PipelineDefinition(parameters, ordered);
    }

    /// <summary>The given parameters over the defaults; unknown and missing ones are faults.</summary>
    public Result<JsonObject> Bind(JsonObject given)
    {
        var faults = given.Where(p => Parameters.All(d => d.Name != p.Key))
            .Select(p => new Fault($"parameters.{p.Key}", $"the pipeline has no such parameter; it has: {string.Join(", ", Parameters.Select(d => d.Name))}"))
            .ToList();
        var bound = new JsonObject();
        foreach (var parameter in Parameters)
        {
            if (given.TryGetPropertyValue(parameter.Name, out var value))
            {
                bound[parameter.Name] = value?.DeepClone();
            }
            else if (parameter.HasDefault)
            {
                bound[parameter.Name] = parameter.Default?.DeepClone();
            }
            else
            {
                faults.Add(new Fault($"parameters.{parameter.Name}", "is required and was not given"));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : bound;
    }

    private static List<ParameterDefinition> ReadParameters(JsonObject spec, List<Fault> faults)
    {
        var parameters = new List<ParameterDefinition>();
        foreach (var (index, node) in (spec["parameters"] as JsonArray ?? []).Index())
        {
            var name = (string?)node?["name"] ?? "";
            if (name.Length == 0 || parameters.Any(p => p.Name == name))
            {
                faults.Add(new Fault($"spec.parameters[{index}].name", name.Length == 0 ? "is required" : $"'{name}' stands twice"));
                continue;
            }

            parameters.Add(new ParameterDefinition(name, node!["default"]?.DeepClone(), ((JsonObject)node).ContainsKey("default")));
        }

        return parameters;
    }

    private static List<StepDefinition> ReadSteps(JsonObject spec, List<Fault> faults)
    {
        var steps = new List<StepDefinition>();
        foreach (var (index, node) in (spec["steps"] as JsonArray ?? []).Index())
        {
            var path = $"spec.steps[{index}]";
            var (name, uses) = ((string?)node?["name"] ?? "", (string?)node?["uses"] ?? "");
            if (!StepName().IsMatch(name))
            {
                faults.Add(new Fault($"{path}.name", $"'{name}' must be lower-case letters, digits and dashes, at most 63"));
            }
            else if (steps.Any(s => s.Name == name))
            {
                faults.Add(new Fault($"{path}.name", $"'{name}' stands twice"));
            }

            if (uses.Length == 0)
            {
                faults.Add(new Fault($"{path}.uses", "is required: the component that the step runs, such as slipway/train"));
            }

            var needs = (node?["needs"] as JsonArray ?? []).Select(n => (string?)n ?? "").ToList();
            steps.Add(new StepDefinition(name, uses, needs, (string?)node?["if"], node?["with"]?.DeepClone() as JsonObject ?? []));
        }

        return steps;
    }

    private static void CheckReferences(List<ParameterDefinition> parameters, List<StepDefinition> steps, List<Fault> faults)
    {
        foreach (var (index, step) in steps.Index())
        {
            var path = $"spec.steps[{index}]";
            foreach (var need in step.Needs.Where(n => steps.All(s => s.Name != n)))
            {
                faults.Add(new Fault($"{path}.needs", $"there is no step '{need}'"));
            }

            foreach (var reference in Placeholders.ReferencesIn(step.With))
            {
                Check(reference, $"{path}.with", step, parameters, faults);
            }

            foreach (var reference in step.If is null ? [] : Placeholders.ReferencesIn(step.If))
            {
                Check(reference, $"{path}.if", step, parameters, faults);
            }
        }
    }

    private static void Check(PlaceholderReference reference, string path, StepDefinition step, List<ParameterDefinition> parameters, List<Fault> faults)
    {
        if (reference is PlaceholderReference.Parameter p && parameters.All(d => d.Name != p.Name))
        {
            faults.Add(new Fault(path, $"there is no parameter '{p.Name}'"));
        }
        else if (reference is PlaceholderReference.StepOutput o && !step.Needs.Contains(o.Step))
        {
            faults.Add(new Fault(path, $"uses an output of step '{o.Step}', which must then stand in needs"));
        }
        else if (reference is PlaceholderReference.Unreadable u)
        {
            faults.Add(new Fault(path, $"cannot read '{u.Text}'; write ${{{{ params.NAME }}}}, ${{{{ steps.STEP.outputs.NAME }}}} or ${{{{ run.id }}}}"));
        }
    }

    /// <summary>Kahn's algorithm, keeping the author's order where there is a choice.</summary>
    private static List<StepDefinition> Order(List<StepDefinition> steps, List<Fault> faults)
    {
        var left = new List<StepDefinition>(steps);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var ordered = new List<StepDefinition>();
        while (left.Count > 0)
        {
            var next = left.FirstOrDefault(s => s.Needs.All(n => done.Contains(n) || steps.All(o => o.Name != n)));
            if (next is null)
            {
                // Steps that only wait for the circle are not in it.
                while (left.RemoveAll(s => left.All(o => !o.Needs.Contains(s.Name))) > 0)
                {
                }

                faults.Add(new Fault("spec.steps", $"these steps wait for each other in a circle: {string.Join(", ", left.Select(s => s.Name))}"));
                return ordered;
            }

            left.Remove(next);
            done.Add(next.Name);
            ordered.Add(next);
        }

        return ordered;
    }
}
