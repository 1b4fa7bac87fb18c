using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Writing;

internal static class GraphWriter
{
    public static JsonObject Write(DagSpec dag) => new JsonObject()
        .AndFilled("outputs", new JsonObject()
            .AndMap("artifacts", dag.ArtifactOutputs, o => new JsonObject { ["artifactSelectors"] = Selectors(o.Selectors, "outputArtifactKey") })
            .AndMap("parameters", dag.ParameterOutputs, o => o.IsOneOf
                ? new JsonObject { ["valueFromOneof"] = new JsonObject { ["parameterSelectors"] = Selectors(o.Selectors, "outputParameterKey") } }
                : new JsonObject { ["valueFromParameter"] = Selectors(o.Selectors, "outputParameterKey")[0]!.DeepClone() }))
        .AndMap("tasks", dag.Tasks, Task);

    private static JsonArray Selectors(IEnumerable<OutputSelector> selectors, string key) =>
        [.. selectors.Select(s => new JsonObject().And(key, s.Key).And("producerSubtask", s.Task))];

    private static JsonObject Task(TaskSpec task) => new JsonObject()
        .And("artifactIterator", task.ArtifactIterator is { } artifacts
            ? new JsonObject { ["itemInput"] = artifacts.ItemInput, ["items"] = new JsonObject { ["inputArtifact"] = artifacts.InputArtifact } }
            : null)
        .AndFilled("cachingOptions", new JsonObject().And("cacheKey", task.Caching.Key).And("enableCache", task.Caching.Enabled))
        .And("componentRef", new JsonObject { ["name"] = task.Component })
        .AndTexts("dependentTasks", task.DependentTasks)
        .AndFilled("inputs", new JsonObject().AndMap("artifacts", task.Artifacts, Artifact).AndMap("parameters", task.Parameters, Parameter))
        .And("iteratorPolicy", task.ParallelismLimit > 0 ? new JsonObject { ["parallelismLimit"] = task.ParallelismLimit } : null)
        .And("parameterIterator", task.ParameterIterator is { } loop
            ? new JsonObject { ["itemInput"] = loop.ItemInput, ["items"] = loop.Raw is { } raw ? new JsonObject { ["raw"] = raw } : new JsonObject { ["inputParameter"] = loop.InputParameter } }
            : null)
        .And("retryPolicy", task.Retry is { } retry
            ? new JsonObject()
                .And("backoffDuration", retry.Backoff).And("backoffFactor", retry.Factor is { } factor ? JsonValue.Create(factor) : null)
                .And("backoffMaxDuration", retry.MaxBackoff).And("maxRetryCount", JsonValue.Create(retry.MaxRetries))
            : null)
        .And("taskInfo", new JsonObject().And("name", task.DisplayName))
        .AndFilled("triggerPolicy", new JsonObject().And("condition", task.Trigger.Condition).And("strategy", task.Trigger.Strategy switch
        {
            TriggerStrategy.AllSucceeded => "ALL_UPSTREAM_TASKS_SUCCEEDED",
            TriggerStrategy.AllCompleted => "ALL_UPSTREAM_TASKS_COMPLETED",
            _ => null,
        }));

    public static JsonObject Parameter(TaskParameter parameter)
    {
        var json = parameter.Source switch
        {
            ParameterSource.TaskOutput output => new JsonObject
            {
                ["taskOutputParameter"] = new JsonObject().And("outputParameterKey", output.Key).And("producerTask", output.Task),
            },
            ParameterSource.ComponentInput input => new JsonObject { ["componentInputParameter"] = input.Name },
            ParameterSource.FinalStatus status => new JsonObject { ["taskFinalStatus"] = new JsonObject { ["producerTask"] = status.Task } },
            ParameterSource.RuntimeParameter runtime => new JsonObject { ["runtimeValue"] = new JsonObject { ["runtimeParameter"] = runtime.Name } },
            ParameterSource.Constant constant => new JsonObject { ["runtimeValue"] = new JsonObject { ["constant"] = constant.Value?.DeepClone() } },
            _ => throw new InvalidOperationException($"unknown source {parameter.Source}"),
        };
        return json.And("parameterExpressionSelector", parameter.Selector);
    }

    private static JsonObject Artifact(ArtifactSource source) => source switch
    {
        ArtifactSource.TaskOutput output => new JsonObject
        {
            ["taskOutputArtifact"] = new JsonObject().And("outputArtifactKey", output.Key).And("producerTask", output.Task),
        },
        ArtifactSource.ComponentInput input => new JsonObject { ["componentInputArtifact"] = input.Name },
        _ => throw new InvalidOperationException($"unknown source {source}"),
    };
}
