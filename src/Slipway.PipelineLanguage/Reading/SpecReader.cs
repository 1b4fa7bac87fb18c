using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>The pipeline and its components.</summary>
internal static class SpecReader
{
    private static readonly (string, ParameterType)[] ParameterTypes =
    [
        ("STRING", ParameterType.String), ("NUMBER_INTEGER", ParameterType.NumberInteger), ("NUMBER_DOUBLE", ParameterType.NumberDouble), ("BOOLEAN", ParameterType.Boolean),
        ("LIST", ParameterType.List), ("STRUCT", ParameterType.Struct), ("TASK_FINAL_STATUS", ParameterType.TaskFinalStatus), ("TASK_CONFIG", ParameterType.TaskConfig),
        ("PARAMETER_TYPE_ENUM_UNSPECIFIED", ParameterType.Unspecified),
    ];

    // Of schema version 2.0.0, by their numbers: INT 1, DOUBLE 2, STRING 3.
    private enum OldType
    {
        Unset = 0,
        Int = 1,
        Double = 2,
        String = 3,
    }

    public static PipelineSpec Read(Fields fields)
    {
        var info = fields.ObjectOrEmpty("pipelineInfo");
        if (!fields.Has("root"))
        {
            fields.Fault("root", "is required: the graph of tasks that the pipeline is");
        }

        return new PipelineSpec
        {
            Info = new PipelineInfo(info.RequiredText("name")) { DisplayName = info.Text("displayName"), Description = info.Text("description") },
            SchemaVersion = fields.Text("schemaVersion") ?? "",
            SdkVersion = fields.Text("sdkVersion") ?? "",
            DefaultPipelineRoot = fields.Text("defaultPipelineRoot"),
            Components = fields.Each("components", (_, f) => Component(f)),
            Executors = fields.ObjectOrEmpty("deploymentSpec").Each("executors", (_, f) => ExecutorReader.Read(f)),
            Root = AnyTypes.Restore(Component(fields.ObjectOrEmpty("root")), fields.ObjectOrEmpty("deploymentSpec").Map[AnyTypes.Member]),
        };
    }

    private static ComponentSpec Component(Fields fields)
    {
        var inputs = fields.ObjectOrEmpty("inputDefinitions");
        var outputs = fields.ObjectOrEmpty("outputDefinitions");
        if (fields.Has("dag") && fields.Has("executorLabel"))
        {
            fields.Fault("executorLabel", "a component is a dag or has an executor, not both");
        }

        return new ComponentSpec
        {
            Inputs = new ComponentInputs
            {
                Parameters = inputs.Each("parameters", (_, f) => Input(f)),
                Artifacts = inputs.Each("artifacts", (_, f) => new InputArtifact(Type(f.ObjectOrEmpty("artifactType")))
                {
                    IsList = f.Flag("isArtifactList"),
                    IsOptional = f.Flag("isOptional"),
                    Description = f.Text("description"),
                }),
            },
            Outputs = new ComponentOutputs
            {
                Parameters = outputs.Each("parameters", (_, f) => new OutputParameter(ParameterTypeOf(f)) { Description = f.Text("description") }),
                Artifacts = outputs.Each("artifacts", (_, f) => new OutputArtifact(Type(f.ObjectOrEmpty("artifactType")))
                {
                    IsList = f.Flag("isArtifactList"),
                    Metadata = f.Struct("metadata"),
                    Description = f.Text("description"),
                }),
            },
            Dag = fields.Object("dag") is { } dag ? GraphReader.Read(dag) : null,
            ExecutorLabel = fields.Text("executorLabel"),
            TaskConfigPassthroughs = fields.Items("taskConfigPassthroughs", f => new TaskConfigPassthrough(
                f.Enum("field", TaskConfigField.None, ("NONE", TaskConfigField.None), ("RESOURCES", TaskConfigField.Resources), ("ENV", TaskConfigField.Env),
                    ("KUBERNETES_AFFINITY", TaskConfigField.KubernetesAffinity), ("KUBERNETES_TOLERATIONS", TaskConfigField.KubernetesTolerations),
                    ("KUBERNETES_NODE_SELECTOR", TaskConfigField.KubernetesNodeSelector), ("KUBERNETES_VOLUMES", TaskConfigField.KubernetesVolumes)),
                f.Flag("applyToTask"))),
            SinglePlatformSpecs = fields.List("singlePlatformSpecs") is { Count: > 0 } platforms ? platforms.DeepClone().AsArray() : null,
        };
    }

    private static InputParameter Input(Fields fields) => new(ParameterTypeOf(fields))
    {
        HasDefault = fields.Says("defaultValue"),
        Default = fields.Value("defaultValue")?.DeepClone(),
        IsOptional = fields.Flag("isOptional"),
        Description = fields.Text("description"),
        Literals = [.. fields.List("literals").Select(l => l?.DeepClone())],
    };

    private static ParameterType ParameterTypeOf(Fields fields) =>
        fields.Has("parameterType")
            ? fields.Enum("parameterType", ParameterType.Unspecified, ParameterTypes)
            : fields.Enum("type", OldType.Unset, ("INT", OldType.Int), ("DOUBLE", OldType.Double), ("STRING", OldType.String), ("PRIMITIVE_TYPE_UNSPECIFIED", OldType.Unset)) switch
            {
                OldType.Int => ParameterType.NumberInteger,
                OldType.Double => ParameterType.NumberDouble,
                OldType.String => ParameterType.String,
                _ => ParameterType.Unspecified,
            };

    internal static ArtifactType Type(Fields fields) => new()
    {
        SchemaTitle = fields.Text("schemaTitle"),
        InstanceSchema = fields.Text("instanceSchema"),
        SchemaUri = fields.Text("schemaUri"),
        SchemaVersion = fields.Text("schemaVersion"),
    };
}
