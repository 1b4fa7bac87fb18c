using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.ShortForm;

namespace Slipway.Pipelines.Definitions;

/// <summary>
/// A Pipeline resource written in the whole short form: commands, files between steps, matrices, conditions. A resource whose steps have nothing but
/// <c>uses</c> and <c>with</c> is the older, smaller form, whose <c>with</c> keeps the values' types.
/// </summary>
internal static class ShortPipelineResource
{
    private static readonly string[] OldStepFields = ["name", "uses", "needs", "if", "with"];

    public static bool Is(JsonObject resource) => resource["spec"] is JsonObject spec
        && (spec.Any(p => p.Key is not ("parameters" or "steps"))
            || (spec["steps"] as JsonArray ?? []).OfType<JsonObject>().Any(s => s.Any(p => !OldStepFields.Contains(p.Key))));

    public static Result<PipelineSpec> Compile(JsonObject resource)
    {
        // What the server added (uid, managedFields ...) is none of the language's business, and a file's name and line say nothing here.
        var pipeline = new JsonObject
        {
            ["kind"] = PipelineKind.Kind.Kind,
            ["metadata"] = new JsonObject { ["name"] = resource["metadata"]?["name"]?.DeepClone() },
            ["spec"] = resource["spec"]?.DeepClone(),
        };
        var compiled = PipelineText.Read(Encoding.UTF8.GetBytes(pipeline.ToJsonString()), "Pipeline", NoFiles.Read).Then(PipelineChecks.Require);
        return compiled.TryGet(out var source, out var problem)
            ? source.Spec
            : problem.Faults.Count > 0 ? Problem.Invalid([.. problem.Faults.Select(f => f with { Path = f.Path[(f.Path.IndexOf(": ", StringComparison.Ordinal) + 1)..].TrimStart() })]) : problem;
    }
}
