using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>POST /pipelines {"display_name" | "name", "description", "namespace", "tags"}</c>: a pipeline that has no version yet.</summary>
internal static class CreatePipeline
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/pipelines", HandleAsync).RequirePermission("pipelines.create");

    /// <summary>The pipeline that a message describes; faults go to the message.</summary>
    public static NewPipeline? Read(KfpBody body)
    {
        var (name, displayName) = (body.Text("name", UploadQuery.MaxName), body.Text("display_name", UploadQuery.MaxName));
        var (description, tags) = (body.Text("description", UploadQuery.MaxDescription), body.Tags("tags"));
        if (string.IsNullOrWhiteSpace(name ?? displayName))
        {
            body.Fault("display_name", "a name or a display_name is required");
        }

        if (!KfpNamespace.Read(body.Text("namespace")).TryGet(out var ns, out var problem))
        {
            body.Fault("namespace", problem.Message);
        }

        return body.Faults.Count > 0
            ? null
            : new NewPipeline(ns!, name ?? displayName!, displayName ?? name!, description ?? "", tags ?? new Dictionary<string, string>());
    }

    private static async Task<IResult> HandleAsync(HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        return Read(body) is { } pipeline
            ? (await store.CreateAsync(pipeline, null, cancellation)).Select(c => PipelineWire.Of(c.Pipeline)).ToKfpAnswer(CatalogWireContext.Default.PipelineWire)
            : Problem.Invalid(body.Faults).ToKfpAnswer();
    }
}
