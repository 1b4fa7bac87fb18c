using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>The JSON that the executor is started with (<c>--executor_input</c>).</summary>
public static class ExecutorInput
{
    /// <summary>The most bytes that Linux passes as one argument of a command, with its closing zero.</summary>
    public const int MostArgumentBytes = 128 * 1024;

    /// <summary>Inputs that have no value are left out, so that the function's own default applies.</summary>
    public static JsonObject Build(TaskValues inputs, ProvisionedOutputs outputs) => new()
    {
        ["inputs"] = new JsonObject
        {
            ["parameterValues"] = new JsonObject(inputs.Parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, ParameterValues.Plain(p.Value)))),
            ["artifacts"] = Artifacts(inputs.Artifacts),
        },
        ["outputs"] = new JsonObject
        {
            ["parameters"] = new JsonObject(outputs.ParameterFiles.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, new JsonObject { ["outputFile"] = p.Value }))),
            ["artifacts"] = Artifacts(outputs.Artifacts),
            ["outputFile"] = outputs.OutputFile,
        },
    };

    private static JsonObject Artifacts(IReadOnlyDictionary<string, IReadOnlyList<Artifact>> artifacts) =>
        new(artifacts.Select(a => KeyValuePair.Create<string, JsonNode?>(a.Key, new JsonObject { ["artifacts"] = new JsonArray([.. a.Value.Select(artifact => artifact.ToJson())]) })));
}
