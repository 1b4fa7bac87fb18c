using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>The platform document: what of Kubernetes other runners can honour is read into types, the rest is carried along.</summary>
internal static class PlatformReader
{
    private static readonly HashSet<string> Typed =
    [
        "secretAsEnv", "configMapAsEnv", "secretAsVolume", "configMapAsVolume", "pvcMount", "emptyDirMounts", "fieldPathAsEnv", "activeDeadlineSeconds", "imagePullPolicy",
        "imagePullSecret", "podMetadata",
    ];

    public static PlatformSpec Read(Fields fields)
    {
        var kubernetes = fields.ObjectOrEmpty("platforms").ObjectOrEmpty("kubernetes");
        var config = kubernetes.ObjectOrEmpty("pipelineConfig");
        return new PlatformSpec
        {
            Document = (JsonObject)Camel(fields.Map)!,
            Pipeline = new PipelineConfig
            {
                Workspace = config.Object("workspace") is { } workspace ? new WorkspaceConfig(workspace.Text("size"), workspace.ObjectOrEmpty("kubernetes").Struct("pvcSpecPatch")) : null,
                TtlOnCompletion = config.Seconds("resourceTtlOnCompletion"),
                TtlOnSuccess = config.Seconds("resourceTtlOnSuccess"),
                TtlOnFailure = config.Seconds("resourceTtlOnFailure"),
                Deadline = config.Seconds("activeDeadlineSeconds"),
            },
            Executors = kubernetes.ObjectOrEmpty("deploymentSpec").Each("executors", (_, f) => Executor(f)),
        };
    }

    private static PlatformExecutor Executor(Fields fields)
    {
        var metadata = fields.ObjectOrEmpty("podMetadata");
        return new PlatformExecutor
        {
            SecretsAsEnv = fields.Items("secretAsEnv", f => AsEnv(f, "secretName", "secretKey")),
            ConfigMapsAsEnv = fields.Items("configMapAsEnv", f => AsEnv(f, "configMapName", "configMapKey")),
            SecretsAsVolume = fields.Items("secretAsVolume", f => Mount(f, "secretName")),
            ConfigMapsAsVolume = fields.Items("configMapAsVolume", f => Mount(f, "configMapName")),
            VolumeMounts = fields.Items("pvcMount", VolumeMount),
            ScratchMounts = fields.Items("emptyDirMounts", f => new ScratchMount(f.Text("volumeName") ?? "", f.RequiredText("mountPath"), f.Text("medium"), f.Text("sizeLimit"))),
            FieldsAsEnv = FieldsAsEnv(fields),
            Deadline = fields.Seconds("activeDeadlineSeconds"),
            ImagePullPolicy = fields.Text("imagePullPolicy"),
            ImagePullSecrets = fields.Items("imagePullSecret", f => Name(f, "secretName")),
            Labels = metadata.TextMap("labels"),
            Annotations = metadata.TextMap("annotations"),
            Other = new JsonObject(((JsonObject)Camel(fields.Map)!).Where(p => !Typed.Contains(p.Key)).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))),
        };
    }

    private static KeysAsEnv AsEnv(Fields fields, string name, string key) =>
        new(Name(fields, name), fields.Items("keyToEnv", f => KeyValuePair.Create(f.RequiredText(key), f.RequiredText("envVar"))), fields.Flag("optional"));

    private static FolderMount Mount(Fields fields, string name) => new(Name(fields, name), fields.RequiredText("mountPath"), null, fields.Flag("optional"));

    private static FolderMount VolumeMount(Fields fields) =>
        // The old form has the parts of the parameter in the mount itself.
        new(fields.Object("pvcNameParameter") is { } parameter ? GraphReader.Parameter(parameter) : GraphReader.Parameter(fields),
            fields.RequiredText("mountPath"), fields.Text("subPath"), IsOptional: false);

    /// <summary>A name that is given as <c>xParameter</c>, or in the old form as text.</summary>
    private static TaskParameter Name(Fields fields, string name) =>
        fields.Object(name + "Parameter") is { } parameter
            ? GraphReader.Parameter(parameter)
            : new TaskParameter(new ParameterSource.Constant(JsonValue.Create(fields.RequiredText(name))));

    private static OrderedDictionary<string, string> FieldsAsEnv(Fields fields)
    {
        var found = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, path) in fields.Items("fieldPathAsEnv", f => (f.RequiredText("name"), f.RequiredText("fieldPath"))))
        {
            found[name] = path;
        }

        return found;
    }

    // Names that somebody chose (labels, annotations, executors) stay as they are; only fields change their spelling.
    private static JsonNode? Camel(JsonNode? node, bool chosen = false) => node switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(
            chosen ? p.Key : Names.ToCamel(p.Key),
            Camel(p.Value, !chosen && Names.ToCamel(p.Key) is "labels" or "annotations" or "executors" or "platforms" or "matchPodLabels" or "matchNamespaceLabels" or "constant")))),
        JsonArray list => new JsonArray([.. list.Select(i => Camel(i))]),
        _ => node?.DeepClone(),
    };
}
