using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Reading;

/// <summary>Executors: a free struct in the protocol, so whatever else stands there is left alone.</summary>
internal static class ExecutorReader
{
    private static readonly string[] ForeignKinds = ["resolver", "customJob"];

    public static ExecutorSpec Read(Fields fields)
    {
        if (fields.Object("container") is { } container)
        {
            return new ExecutorSpec.Container(Container(container));
        }

        if (fields.Object("importer") is { } importer)
        {
            return new ExecutorSpec.Importer(Importer(importer));
        }

        foreach (var kind in ForeignKinds)
        {
            if (fields.Has(kind))
            {
                return new ExecutorSpec.Foreign(kind, fields.Value(kind)!.DeepClone());
            }
        }

        fields.Fault("", "must say container or importer");
        return new ExecutorSpec.Foreign("nothing", null);
    }

    private static ContainerSpec Container(Fields fields) => new(fields.RequiredText("image"))
    {
        Command = fields.Texts("command"),
        Args = fields.Texts("args"),
        Env = fields.Items("env", f => new EnvironmentVariable(f.RequiredText("name"), f.Text("value") ?? "")),
        Resources = fields.Object("resources") is { } resources ? Resources(resources) : null,
        PreCacheCheck = fields.ObjectOrEmpty("lifecycle").Object("preCacheCheck") is { } check ? new PreCacheCheck(check.Texts("command"), check.Texts("args")) : null,
    };

    private static ResourceSpec Resources(Fields fields)
    {
        var accelerator = fields.ObjectOrEmpty("accelerator");
        return new ResourceSpec
        {
            CpuRequest = Quantity(fields, "resourceCpuRequest", "cpuRequest", ""),
            CpuLimit = Quantity(fields, "resourceCpuLimit", "cpuLimit", ""),
            // The old form counts in units of 10^9 bytes.
            MemoryRequest = Quantity(fields, "resourceMemoryRequest", "memoryRequest", "G"),
            MemoryLimit = Quantity(fields, "resourceMemoryLimit", "memoryLimit", "G"),
            AcceleratorType = accelerator.Text("resourceType") is { Length: > 0 } type ? type : accelerator.Text("type"),
            AcceleratorCount = accelerator.TextOrNumber("resourceCount") is { Length: > 0 } count ? count : accelerator.TextOrNumber("count"),
        };
    }

    private static string? Quantity(Fields fields, string name, string oldName, string oldUnit) =>
        fields.TextOrNumber(name) is { Length: > 0 } text ? text
        : fields.Number(oldName) is { } number and > 0 ? JsonValue.Create(number).ToJsonString() + oldUnit
        : null;

    private static ImporterSpec Importer(Fields fields)
    {
        var uri = GraphReader.Values.Read(fields.ObjectOrEmpty("artifactUri"));
        string? constant = null;
        if (uri is ParameterSource.Constant { Value: JsonValue value } && !value.TryGetValue(out constant))
        {
            fields.Fault("artifactUri.constant", "must be text");
        }

        var parameter = (uri as ParameterSource.RuntimeParameter)?.Name;
        if (constant is null && parameter is null)
        {
            fields.Fault("artifactUri", "must say constant or runtimeParameter");
        }

        return new ImporterSpec(constant, parameter)
        {
            Type = SpecReader.Type(fields.ObjectOrEmpty("typeSchema")),
            Metadata = fields.Struct("metadata"),
            Reimport = fields.Flag("reimport"),
            DownloadToWorkspace = fields.Flag("downloadToWorkspace"),
        };
    }
}
