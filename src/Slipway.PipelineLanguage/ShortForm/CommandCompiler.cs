using System.Text;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>
/// The command of a step. A script finds its inputs and outputs in variables (<c>IN_DATA</c>, <c>OUT_MODEL</c>, <c>PARAM_RATE</c>), and a reference in it becomes
/// such a variable: whatever a value holds, it is never read as shell. The values travel as arguments, so that the command runs on any Kubeflow Pipelines backend.
/// </summary>
internal sealed class CommandCompiler(
    ShortPipeline pipeline, ShortStep step, Scope scope, FileReader files, Action<string, string> fault, Func<ShortReference, string, string?> use)
{
    // Linux passes no more as one argument.
    private const int MostFileBytes = 120 * 1024;

    private readonly OrderedDictionary<string, string> _variables = new(StringComparer.Ordinal);

    public ContainerSpec Compile(IReadOnlyList<string> parameters, IReadOnlyList<string> artifacts)
    {
        var outputs = scope.OutputsOf(step);
        if (step.Uses is { } uses)
        {
            return new ContainerSpec(WellKnownImages.Component) { Command = [uses], Args = ["{{$}}"] };
        }

        foreach (var name in parameters.Where(step.In.ContainsKey))
        {
            _variables[Variable("in", name)] = Input(name);
        }

        foreach (var name in artifacts.Where(step.In.ContainsKey))
        {
            _variables[Variable("in", name)] = Path(name);
        }

        foreach (var name in step.Params.Where(pipeline.Parameters.ContainsKey))
        {
            _variables[Variable("param", name)] = Input("param-" + name);
        }

        foreach (var name in outputs.Parameters.Keys)
        {
            _variables[Variable("out", name)] = $"{{{{$.outputs.parameters['{name}'].output_file}}}}";
        }

        foreach (var name in outputs.Artifacts.Keys)
        {
            _variables[Variable("out", name)] = $"{{{{$.outputs.artifacts['{name}'].path}}}}";
        }

        var isArtifact = artifacts.ToHashSet(StringComparer.Ordinal);
        var container = new ContainerSpec(step.Image ?? pipeline.Image ?? WellKnownImages.Process)
        {
            Env = [.. step.Env.Select(e => new EnvironmentVariable(e.Key, Resolve(e.Value, $"{step.Path}.env.{e.Key}", outputs, isArtifact)))],
            Resources = step.Resources,
        };
        if (step.Argv is { } argv)
        {
            var elements = argv.Select((a, i) => Resolve(a, $"{step.Path}.run[{i}]", outputs, isArtifact)).ToList();
            if (step.Metrics is not null || step.Files.Count > 0)
            {
                fault($"{step.Path}.run", "metrics and files need a script: write run as text");
            }

            return container with { Command = [.. elements.Take(1)], Args = [.. elements.Skip(1)] };
        }

        return Script(container, step.Run ?? "", isArtifact);
    }

    private ContainerSpec Script(ContainerSpec container, string script, HashSet<string> isArtifact)
    {
        var at = $"{step.Path}.run";
        Readable(script, at);
        var body = ShortReferences.Replace(script, reference =>
        {
            if (reference is ShortReference.Output output)
            {
                if (!_variables.ContainsKey(Variable("out", output.Name)))
                {
                    fault(at, $"the step has no output '{output.Name}'; {(step.Out.Count == 0 ? "it has none" : $"it has: {string.Join(", ", step.Out.Keys)}")}");
                }

                return $"${{{Variable("out", output.Name)}}}";
            }

            if (use(reference, at) is not { } name)
            {
                return "";
            }

            var variable = reference switch
            {
                ShortReference.Parameter parameter => Variable("param", parameter.Name),
                ShortReference.Matrix matrix => Variable("matrix", matrix.Key),
                ShortReference.StepOutput from => Variable(from.Step, from.Key),
                ShortReference.RunId => "RUN_ID",
                _ => Variable("in", name),
            };
            _variables.TryAdd(variable, isArtifact.Contains(name) || scope.IsArtifact(reference) ? Path(name) : Input(name));
            return $"${{{variable}}}";
        });

        var head = new StringBuilder();
        var args = new List<string>();
        foreach (var (variable, value) in _variables)
        {
            head.Append($"export {variable}=\"$1\"; shift\n");
            args.Add(value);
        }

        foreach (var file in step.Files)
        {
            if (!files(file).TryGet(out var text, out var problem))
            {
                fault($"{step.Path}.files", problem.Message);
            }
            else if (Encoding.UTF8.GetByteCount(text) > MostFileBytes)
            {
                fault($"{step.Path}.files", $"{file} has more than {MostFileBytes / 1024} KiB, which a command line does not take; put it into an image or an artifact");
            }
            else
            {
                // A placeholder in somebody's code is not ours to fill in: it is cut into arguments that meet again in the file.
                var parts = text.Split("{{$");
                args.AddRange(parts.Select((part, i) => (i > 0 ? "{$" : "") + part + (i < parts.Length - 1 ? "{" : "")));
                head.Append($"printf '%s' {string.Join(' ', parts.Select((_, i) => $"\"${{{i + 1}}}\""))} > '{Quoted(file)}'; shift {parts.Length}\n");
            }
        }

        if (step.Metrics is { } metrics)
        {
            _variables["OUTPUT_FILE"] = "{{$.outputs.output_file}}";
            head.Append("export OUTPUT_FILE=\"$1\"; shift\n");
            args.Add("{{$.outputs.output_file}}");
            var file = Quoted(metrics);
            body = $"{body.TrimEnd('\n')}\ncp '{file}' \"$OUT_METRICS\"\n"
                + "{ printf '{\"artifacts\":{\"metrics\":{\"artifacts\":[{\"name\":\"metrics\",\"metadata\":'; cat '" + file + "'; printf '}]}}}'; } > \"$OUTPUT_FILE\"\n";
        }

        foreach (var folder in step.Files.Select(f => f.LastIndexOf('/') is > 0 and var slash ? f[..slash] : "").Where(f => f.Length > 0).Distinct())
        {
            head.Insert(0, $"mkdir -p '{Quoted(folder)}'\n");
        }

        return container with { Command = ["sh", "-ec", $"{head}{body}", "sh"], Args = args };
    }

    private string Resolve(string text, string at, ComponentOutputs outputs, HashSet<string> isArtifact)
    {
        Readable(text, at);
        return ShortReferences.Replace(text, reference => reference switch
        {
            ShortReference.Output output when outputs.Parameters.ContainsKey(output.Name) => $"{{{{$.outputs.parameters['{output.Name}'].output_file}}}}",
            ShortReference.Output output when outputs.Artifacts.ContainsKey(output.Name) => $"{{{{$.outputs.artifacts['{output.Name}'].path}}}}",
            ShortReference.Output output => Missing(output.Name, at),
            _ => use(reference, at) is not { } name ? "" : isArtifact.Contains(name) || scope.IsArtifact(reference) ? Path(name) : Input(name),
        });
    }

    private string Missing(string output, string at)
    {
        fault(at, $"the step has no output '{output}'");
        return "";
    }

    private void Readable(string text, string at)
    {
        foreach (var (_, inner) in ShortReferences.In(text).Where(r => r.Reference is null))
        {
            fault(at, $"cannot read '{(inner.Length <= 60 ? inner : inner[..57] + "...")}'; write {ShortReferences.Forms}");
        }
    }

    private static string Input(string name) => $"{{{{$.inputs.parameters['{name}']}}}}";

    private static string Path(string name) => $"{{{{$.inputs.artifacts['{name}'].path}}}}";

    private static string Variable(string kind, string name) => $"{kind}_{name}".Replace('-', '_').ToUpperInvariant();

    private static string Quoted(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal);
}
