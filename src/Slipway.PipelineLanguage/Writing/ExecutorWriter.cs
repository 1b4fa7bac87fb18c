using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Writing;

internal static class ExecutorWriter
{
    public static JsonObject Write(ExecutorSpec executor) => executor switch
    {
        ExecutorSpec.Container container => new JsonObject { ["container"] = Container(container.Spec) },
        ExecutorSpec.Importer importer => new JsonObject { ["importer"] = Importer(importer.Spec) },
        ExecutorSpec.Foreign foreign => new JsonObject { [foreign.Kind] = foreign.Body?.DeepClone() },
        _ => throw new InvalidOperationException($"unknown executor {executor}"),
    };

    private static JsonObject Container(ContainerSpec spec)
    {
        var json = new JsonObject().AndTexts("args", spec.Args).AndTexts("command", spec.Command);
        if (spec.Env.Count > 0)
        {
            json["env"] = new JsonArray([.. spec.Env.Select(e => new JsonObject { ["name"] = e.Name, ["value"] = e.Value })]);
        }

        json.And("image", spec.Image);
        if (spec.PreCacheCheck is { } check)
        {
            json["lifecycle"] = new JsonObject { ["preCacheCheck"] = new JsonObject().AndTexts("args", check.Args).AndTexts("command", check.Command) };
        }

        return spec.Resources is { } resources ? json.And("resources", Resources(resources)) : json;
    }

    private static JsonObject Resources(ResourceSpec resources) => new JsonObject()
        .AndFilled("accelerator", new JsonObject().And("resourceCount", resources.AcceleratorCount).And("resourceType", resources.AcceleratorType))
        .And("resourceCpuLimit", resources.CpuLimit).And("resourceCpuRequest", resources.CpuRequest)
        .And("resourceMemoryLimit", resources.MemoryLimit).And("resourceMemoryRequest", resources.MemoryRequest);

    private static JsonObject Importer(ImporterSpec spec) => new JsonObject
    {
        ["artifactUri"] = spec.UriParameter is { } parameter ? new JsonObject { ["runtimeParameter"] = parameter } : new JsonObject { ["constant"] = spec.Uri },
    }
        .And("downloadToWorkspace", spec.DownloadToWorkspace).And("metadata", spec.Metadata?.DeepClone()).And("reimport", spec.Reimport)
        .And("typeSchema", PipelineWriter.Type(spec.Type));
}
