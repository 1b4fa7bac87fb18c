using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>Graphs and their tasks.</summary>
internal static class GraphReader
{
    public static DagSpec Read(Fields fields)
    {
        var outputs = fields.ObjectOrEmpty("outputs");
        return new DagSpec
        {
            Tasks = fields.Each("tasks", (_, f) => Task(f)),
            ParameterOutputs = outputs.Each("parameters", (_, f) => ParameterOutput(f)),
            ArtifactOutputs = outputs.Each("artifacts", (_, f) => new ArtifactOutputSource(f.Items("artifactSelectors", s => Selector(s, "outputArtifactKey")))),
        };
    }

    /// <summary>Also of the platform document, where names of secrets may come from parameters.</summary>
    public static TaskParameter Parameter(Fields fields) => new(Source(fields), fields.Text("parameterExpressionSelector"));

    private static ParameterOutputSource ParameterOutput(Fields fields)
    {
        if (fields.Object("valueFromOneof") is { } choice)
        {
            return new ParameterOutputSource(choice.Items("parameterSelectors", s => Selector(s, "outputParameterKey")), IsOneOf: true);
        }

        if (fields.Object("valueFromParameter") is { } plain)
        {
            return new ParameterOutputSource([Selector(plain, "outputParameterKey")], IsOneOf: false);
        }

        fields.Fault("", "must say valueFromParameter or valueFromOneof");
        return new ParameterOutputSource([], IsOneOf: false);
    }

    private static OutputSelector Selector(Fields fields, string key) => new(fields.RequiredText("producerSubtask"), fields.RequiredText(key));

    private static TaskSpec Task(Fields fields)
    {
        var inputs = fields.ObjectOrEmpty("inputs");
        var caching = fields.ObjectOrEmpty("cachingOptions");
        var trigger = fields.ObjectOrEmpty("triggerPolicy");
        if (fields.Has("parameterIterator") && fields.Has("artifactIterator"))
        {
            fields.Fault("artifactIterator", "a task loops over a parameter or over artifacts, not both");
        }

        return new TaskSpec(fields.ObjectOrEmpty("componentRef").RequiredText("name"))
        {
            DisplayName = fields.ObjectOrEmpty("taskInfo").Text("name"),
            Parameters = inputs.Each("parameters", (_, f) => Parameter(f)),
            Artifacts = inputs.Each("artifacts", (_, f) => Artifact(f)),
            DependentTasks = fields.Texts("dependentTasks"),
            Caching = new CachingOptions(caching.Flag("enableCache"), caching.Text("cacheKey") is { Length: > 0 } key ? key : null),
            Trigger = new TriggerPolicy(
                trigger.Text("condition") is { } condition && condition.Trim().Length > 0 ? condition : null,
                trigger.Enum("strategy", TriggerStrategy.Unspecified, ("TRIGGER_STRATEGY_UNSPECIFIED", TriggerStrategy.Unspecified),
                    ("ALL_UPSTREAM_TASKS_SUCCEEDED", TriggerStrategy.AllSucceeded), ("ALL_UPSTREAM_TASKS_COMPLETED", TriggerStrategy.AllCompleted))),
            ParameterIterator = fields.Object("parameterIterator") is { } loop ? Loop(loop) : null,
            ArtifactIterator = fields.Object("artifactIterator") is { } artifacts
                ? new ArtifactIterator(artifacts.ObjectOrEmpty("items").RequiredText("inputArtifact"), artifacts.RequiredText("itemInput"))
                : null,
            ParallelismLimit = fields.ObjectOrEmpty("iteratorPolicy").Integer("parallelismLimit") ?? 0,
            Retry = fields.Object("retryPolicy") is { } retry ? Retry(retry) : null,
        };
    }

    private static RetryPolicy? Retry(Fields fields) =>
        fields.Integer("maxRetryCount") is { } count and > 0
            ? new RetryPolicy(count, fields.Duration("backoffDuration"), fields.Number("backoffFactor") is { } factor and > 0 ? factor : null, fields.Duration("backoffMaxDuration"))
            : null;

    private static ParameterIterator Loop(Fields fields)
    {
        var items = fields.ObjectOrEmpty("items");
        var (raw, input) = (items.Text("raw"), items.Text("inputParameter"));
        if (raw is null == input is null)
        {
            items.Fault("", "must say either raw or inputParameter");
        }

        return new ParameterIterator(raw, raw is null ? input : null, fields.RequiredText("itemInput"));
    }

    private static ArtifactSource Artifact(Fields fields)
    {
        if (fields.Object("taskOutputArtifact") is { } output)
        {
            return new ArtifactSource.TaskOutput(output.RequiredText("producerTask"), output.RequiredText("outputArtifactKey"));
        }

        if (!fields.Has("componentInputArtifact"))
        {
            fields.Fault("", "must say taskOutputArtifact or componentInputArtifact");
        }

        return new ArtifactSource.ComponentInput(fields.Text("componentInputArtifact") ?? "");
    }

    private static ParameterSource Source(Fields fields)
    {
        if (fields.Object("taskOutputParameter") is { } output)
        {
            return new ParameterSource.TaskOutput(output.RequiredText("producerTask"), output.RequiredText("outputParameterKey"));
        }

        if (fields.Text("componentInputParameter") is { } input)
        {
            return new ParameterSource.ComponentInput(input);
        }

        if (fields.Object("taskFinalStatus") is { } status)
        {
            return new ParameterSource.FinalStatus(status.RequiredText("producerTask"));
        }

        if (fields.Says("constant"))
        {
            return new ParameterSource.Constant(fields.Value("constant")?.DeepClone());
        }

        if (fields.Object("runtimeValue") is { } value)
        {
            return Values.Read(value);
        }

        fields.Fault("", "must say runtimeValue, componentInputParameter, taskOutputParameter or taskFinalStatus");
        return new ParameterSource.Constant(null);
    }

    /// <summary><c>ValueOrRuntimeParameter</c> in its present and its old form.</summary>
    internal static class Values
    {
        public static ParameterSource Read(Fields fields)
        {
            if (fields.Text("runtimeParameter") is { } name)
            {
                return new ParameterSource.RuntimeParameter(name);
            }

            if (fields.Object("constantValue") is { } old)
            {
                return new ParameterSource.Constant((old.Value("stringValue") ?? old.Value("intValue") ?? old.Value("doubleValue"))?.DeepClone());
            }

            return new ParameterSource.Constant(fields.Value("constant")?.DeepClone());
        }
    }
}
