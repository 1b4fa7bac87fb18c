using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.Cli.Runs;

/// <summary>The pipeline to be run, which knows what its parameters are.</summary>
internal sealed record RunPipeline(PipelineSpec Spec)
{
    /// <summary><c>NAME=VALUE</c> as the types that the pipeline declares; which parameters there must be is checked by the server, once for everybody.</summary>
    public Result<JsonObject> Bind(IReadOnlyList<string> given)
    {
        var faults = new List<Fault>();
        var values = new JsonObject();
        foreach (var pair in given)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
            {
                faults.Add(new Fault("-p", $"'{pair}' must be NAME=VALUE"));
                continue;
            }

            var (name, text) = (pair[..at], pair[(at + 1)..]);
            if (!Spec.Root.Inputs.Parameters.TryGetValue(name, out var declared))
            {
                faults.Add(new Fault($"-p {name}", Spec.Root.Inputs.Parameters.Count == 0
                    ? "the pipeline takes no parameters"
                    : $"the pipeline has no such parameter; it has: {string.Join(", ", Spec.Root.Inputs.Parameters.Keys)}"));
            }
            else if (Value(declared.Type, text).TryGet(out var value, out var problem))
            {
                values[name] = value;
            }
            else
            {
                faults.Add(new Fault($"-p {name}", $"'{text}' {problem.Message}"));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : values;
    }

    // Where any value goes, text that is no JSON is text.
    private static Result<JsonNode?> Value(ParameterType type, string text) => type switch
    {
        ParameterType.Unspecified => ParameterValues.Json(text).TryGet(out var any, out _) ? Result.From(any) : (JsonNode?)JsonValue.Create(text),
        _ when ParameterValues.FromText(type, text).TryGet(out var value, out _) => Result.From(value),
        _ => Problem.Invalid($"must be {ParameterValues.Name(type)}"),
    };
}
