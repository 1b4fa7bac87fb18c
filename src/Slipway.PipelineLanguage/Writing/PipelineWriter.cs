using System.Text.Json.Nodes;
using Slipway.Kernel.Json;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Writing;

/// <summary>Writes the IR in the form in which the Kubeflow Pipelines SDK writes and loads it: camel case, fields in alphabetical order, only what is set.</summary>
public static class PipelineWriter
{
    /// <summary>A package's text: the pipeline, and behind it the platform document where there is one.</summary>
    public static string ToYaml(PipelineSpec spec) =>
        YamlText.Of(ToJson(spec)) + (spec.Platform is { } platform ? "---\n" + YamlText.Of(platform.Document) : "");

    /// <summary>The pipeline as <c>pipeline_spec</c> of a run carries it: bare, or wrapped with its platform document.</summary>
    public static JsonObject ToWire(PipelineSpec spec) =>
        spec.Platform is { } platform
            ? new JsonObject { ["pipeline_spec"] = ToJson(spec), ["platform_spec"] = platform.Document.DeepClone() }
            : ToJson(spec);

    /// <summary>The pipeline without its platform document.</summary>
    public static JsonObject ToJson(PipelineSpec spec) => new JsonObject()
        .AndMap("components", spec.Components, Component)
        .And("deploymentSpec", new JsonObject().AndMap("executors", spec.Executors, ExecutorWriter.Write).AndFilled(AnyTypes.Member, AnyTypes.Of(spec.Root)))
        .And("defaultPipelineRoot", spec.DefaultPipelineRoot)
        .And("pipelineInfo", new JsonObject().And("description", spec.Info.Description).And("displayName", spec.Info.DisplayName).And("name", spec.Info.Name))
        .And("root", AnyTypes.Fill(Component(spec.Root)))
        .And("schemaVersion", spec.SchemaVersion)
        .And("sdkVersion", spec.SdkVersion);

    /// <summary>One component: also what a task's fingerprint is made of.</summary>
    public static JsonObject Component(ComponentSpec component)
    {
        var json = new JsonObject();
        if (component.Dag is { } dag)
        {
            json.And("dag", GraphWriter.Write(dag));
        }

        json.And("executorLabel", component.ExecutorLabel);
        json.AndFilled("inputDefinitions", new JsonObject()
            .AndMap("artifacts", component.Inputs.Artifacts, a => new JsonObject()
                .And("artifactType", Type(a.Type)).And("description", a.Description).And("isArtifactList", a.IsList).And("isOptional", a.IsOptional))
            .AndMap("parameters", component.Inputs.Parameters, Input));
        json.AndFilled("outputDefinitions", new JsonObject()
            .AndMap("artifacts", component.Outputs.Artifacts, a => new JsonObject()
                .And("artifactType", Type(a.Type)).And("description", a.Description).And("isArtifactList", a.IsList).And("metadata", a.Metadata?.DeepClone()))
            .AndMap("parameters", component.Outputs.Parameters, p => new JsonObject().And("description", p.Description).And("parameterType", TypeName(p.Type))));
        json.And("singlePlatformSpecs", component.SinglePlatformSpecs?.DeepClone());
        if (component.TaskConfigPassthroughs.Count > 0)
        {
            json["taskConfigPassthroughs"] = new JsonArray([.. component.TaskConfigPassthroughs.Select(p => new JsonObject().And("applyToTask", p.ApplyToTask).And("field", FieldName(p.Field)))]);
        }

        return json;
    }

    internal static JsonObject Type(ArtifactType type) => new JsonObject()
        .And("instanceSchema", type.InstanceSchema).And("schemaTitle", type.SchemaTitle).And("schemaUri", type.SchemaUri).And("schemaVersion", type.SchemaVersion);

    private static JsonObject Input(InputParameter parameter)
    {
        var json = new JsonObject();
        if (parameter.HasDefault)
        {
            json["defaultValue"] = parameter.Default?.DeepClone();
        }

        json.And("description", parameter.Description).And("isOptional", parameter.IsOptional);
        if (parameter.Literals.Count > 0)
        {
            json["literals"] = new JsonArray([.. parameter.Literals.Select(l => l?.DeepClone())]);
        }

        return json.And("parameterType", TypeName(parameter.Type));
    }

    /// <summary>The name in the protocol; null for a type that is not declared.</summary>
    public static string? TypeName(ParameterType type) => type switch
    {
        ParameterType.NumberDouble => "NUMBER_DOUBLE",
        ParameterType.NumberInteger => "NUMBER_INTEGER",
        ParameterType.String => "STRING",
        ParameterType.Boolean => "BOOLEAN",
        ParameterType.List => "LIST",
        ParameterType.Struct => "STRUCT",
        ParameterType.TaskFinalStatus => "TASK_FINAL_STATUS",
        ParameterType.TaskConfig => "TASK_CONFIG",
        _ => null,
    };

    private static string FieldName(TaskConfigField field) => field switch
    {
        TaskConfigField.Resources => "RESOURCES",
        TaskConfigField.Env => "ENV",
        TaskConfigField.KubernetesAffinity => "KUBERNETES_AFFINITY",
        TaskConfigField.KubernetesTolerations => "KUBERNETES_TOLERATIONS",
        TaskConfigField.KubernetesNodeSelector => "KUBERNETES_NODE_SELECTOR",
        TaskConfigField.KubernetesVolumes => "KUBERNETES_VOLUMES",
        _ => "NONE",
    };
}
