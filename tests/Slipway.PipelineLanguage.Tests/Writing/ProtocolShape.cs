using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Tests.Writing;

/// <summary>
/// The messages of the protocol, as strictly as the SDK's loader reads them: a field that is not in its message, or is of another kind, is refused. Each line is a
/// message with its fields; <c>:Message</c> is one, <c>:[Message]</c> a list, <c>:{Message}</c> a map; s, b, n, v and struct are text, flag, number, any value and object.
/// </summary>
internal static class ProtocolShape
{
    private const string Text = """
        PipelineSpec pipelineInfo:PipelineInfo deploymentSpec:struct sdkVersion:s schemaVersion:s components:{ComponentSpec} root:ComponentSpec defaultPipelineRoot:s
        PipelineInfo name:s displayName:s description:s
        ComponentSpec inputDefinitions:Inputs outputDefinitions:Outputs dag:Dag executorLabel:s singlePlatformSpecs:[struct] taskConfigPassthroughs:[Passthrough]
        Passthrough field:s applyToTask:b
        Inputs artifacts:{InArtifact} parameters:{InParameter}
        Outputs artifacts:{OutArtifact} parameters:{OutParameter}
        InArtifact artifactType:Type isArtifactList:b isOptional:b description:s
        InParameter parameterType:s defaultValue:v isOptional:b description:s literals:[v]
        OutArtifact artifactType:Type metadata:struct isArtifactList:b description:s
        OutParameter parameterType:s description:s
        Type schemaTitle:s schemaUri:s instanceSchema:s schemaVersion:s
        Dag tasks:{Task} outputs:DagOutputs
        DagOutputs artifacts:{DagArtifact} parameters:{DagParameter}
        DagArtifact artifactSelectors:[ArtifactSelector]
        ArtifactSelector producerSubtask:s outputArtifactKey:s
        DagParameter valueFromParameter:ParameterSelector valueFromOneof:ParameterSelectors
        ParameterSelectors parameterSelectors:[ParameterSelector]
        ParameterSelector producerSubtask:s outputParameterKey:s
        Task taskInfo:TaskInfo inputs:TaskInputs dependentTasks:[s] cachingOptions:Caching componentRef:Ref triggerPolicy:Trigger artifactIterator:ArtifactIterator parameterIterator:ParameterIterator retryPolicy:Retry iteratorPolicy:IteratorPolicy
        TaskInfo name:s
        Ref name:s
        Caching enableCache:b cacheKey:s
        Trigger condition:s strategy:s
        Retry maxRetryCount:n backoffDuration:s backoffFactor:n backoffMaxDuration:s
        IteratorPolicy parallelismLimit:n
        ArtifactIterator items:ArtifactItems itemInput:s
        ArtifactItems inputArtifact:s
        ParameterIterator items:ParameterItems itemInput:s
        ParameterItems raw:s inputParameter:s
        TaskInputs parameters:{TaskParameter} artifacts:{TaskArtifact}
        TaskParameter taskOutputParameter:TaskOutputParameter runtimeValue:RuntimeValue componentInputParameter:s taskFinalStatus:FinalStatus parameterExpressionSelector:s
        TaskOutputParameter producerTask:s outputParameterKey:s
        RuntimeValue constant:v runtimeParameter:s
        FinalStatus producerTask:s
        TaskArtifact taskOutputArtifact:TaskOutputArtifact componentInputArtifact:s
        TaskOutputArtifact producerTask:s outputArtifactKey:s
        Deployment executors:{Executor}
        Executor container:Container importer:Importer
        Container image:s command:[s] args:[s] env:[EnvVar] resources:Resources lifecycle:Lifecycle
        Lifecycle preCacheCheck:Exec
        Exec command:[s] args:[s]
        EnvVar name:s value:s
        Resources resourceCpuLimit:s resourceCpuRequest:s resourceMemoryLimit:s resourceMemoryRequest:s accelerator:Accelerator
        Accelerator resourceType:s resourceCount:s
        Importer artifactUri:RuntimeValue typeSchema:Type metadata:struct reimport:b downloadToWorkspace:b
        """;

    private static readonly Dictionary<string, Dictionary<string, string>> Messages = Text.Split('\n').Select(l => l.Trim().Split(' '))
        .ToDictionary(l => l[0], l => l.Skip(1).Select(f => f.Split(':', 2)).ToDictionary(f => f[0], f => f[1]));

    /// <summary>What the SDK's loader would refuse.</summary>
    public static IEnumerable<string> Faults(JsonObject pipeline)
    {
        var executors = new JsonObject { ["executors"] = pipeline["deploymentSpec"]?["executors"]?.DeepClone() };
        return Check(pipeline, "PipelineSpec", "").Concat(executors["executors"] is null ? [] : Check(executors, "Deployment", "deploymentSpec"));
    }

    private static IEnumerable<string> Check(JsonNode? node, string kind, string path)
    {
        if (kind[0] is '[' or '{')
        {
            var inner = kind[1..^1];
            return (kind[0], node) switch
            {
                ('[', JsonArray list) => list.SelectMany((item, i) => Check(item, inner, $"{path}[{i}]")),
                ('{', JsonObject map) => map.SelectMany(p => Check(p.Value, inner, $"{path}.{p.Key}")),
                _ => [$"{path} is no {(kind[0] == '[' ? "list" : "map")}"],
            };
        }

        return kind switch
        {
            "v" => [],
            "struct" => node is JsonObject ? [] : [$"{path} is no object"],
            "s" => node?.GetValueKind() == JsonValueKind.String ? [] : [$"{path} is no text"],
            "b" => node?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? [] : [$"{path} is no flag"],
            "n" => node?.GetValueKind() == JsonValueKind.Number ? [] : [$"{path} is no number"],
            _ when node is not JsonObject => [$"{path} is no {kind}"],
            _ => ((JsonObject)node).SelectMany(p => Messages[kind].TryGetValue(p.Key, out var field) ? Check(p.Value, field, $"{path}.{p.Key}") : [$"{path}.{p.Key} is no field of {kind}"]),
        };
    }
}
