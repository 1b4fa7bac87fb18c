using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Json;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>
/// The fingerprint of what a task does: equal fingerprints may share one result, within a namespace and a pipeline's name. The task's own name is not in it, so
/// two tasks of one run can share a result, too.
/// </summary>
public static class CacheKey
{
    /// <summary>SHA-256 in lower-case hex; null for what is not cached: a task whose caching is off, a graph, an importer, an input artifact without a digest.</summary>
    /// <param name="pipeline">Where the task's component stands.</param>
    /// <param name="task">The task.</param>
    /// <param name="inputs">Its inputs, resolved.</param>
    /// <param name="image">The image's digest, when it is known; else its name counts.</param>
    /// <param name="volumes">The names of the volume claims that it mounts.</param>
    public static string? Of(PipelineSpec pipeline, TaskSpec task, TaskValues inputs, string? image, IEnumerable<string> volumes)
    {
        if (!task.Caching.Enabled || pipeline.ComponentOf(task) is not { } component || pipeline.ExecutorOf(component) is not ExecutorSpec.Container { Spec: var container })
        {
            return null;
        }

        if (task.Caching.Key is { } chosen)
        {
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{task.Component}\n{chosen}")));
        }

        if (inputs.Artifacts.Values.SelectMany(a => a).Any(a => a.Digest is null))
        {
            return null;
        }

        return CanonicalJson.Digest(new JsonObject
        {
            ["inputParameters"] = new JsonObject(inputs.Parameters.Select(p => KeyValuePair.Create(p.Key, ParameterValues.Plain(p.Value)))),
            ["inputArtifacts"] = new JsonObject(inputs.Artifacts.Select(a => KeyValuePair.Create<string, JsonNode?>(a.Key, new JsonArray([.. a.Value.Select(Content)])))),
            ["outputs"] = PipelineWriter.Component(new ComponentSpec { Outputs = component.Outputs }),
            ["image"] = image ?? container.Image,
            ["command"] = Texts(container.Command),
            ["args"] = Texts(container.Args),
            ["env"] = Texts(container.Env.Select(e => $"{e.Name}={e.Value}")),
            ["volumes"] = Texts(volumes.Order(StringComparer.Ordinal)),
        });
    }

    // Metadata is an input of a Python component like any other.
    private static JsonObject Content(Artifact artifact) => new() { ["digest"] = artifact.Digest, ["type"] = artifact.Type.Title, ["metadata"] = artifact.Metadata.DeepClone() };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode)t)];
}
