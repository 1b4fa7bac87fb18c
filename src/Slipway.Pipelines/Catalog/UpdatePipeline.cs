using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>PATCH</c> of a pipeline or a version: display_name, description and tags (all of them at once); what is absent stays.</summary>
internal static class UpdatePipeline
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapPatch("/pipelines/{pipeline_id}", HandleAsync).RequirePermission("pipelines.update");
        kfp.MapPatch("/pipelines/{pipeline_id}/versions/{pipeline_version_id}", VersionAsync).RequirePermission("pipelines.update");
    }

    private static async Task<IResult> HandleAsync([FromRoute(Name = "pipeline_id")] string id, HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        if (!(await ReadAsync(request, cancellation)).TryGet(out var change, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        var updated = await store.UpdateAsync(id, change.DisplayName, change.Description, change.Tags, cancellation);
        return updated.Select(PipelineWire.Of).ToKfpAnswer(CatalogWireContext.Default.PipelineWire);
    }

    private static async Task<IResult> VersionAsync(
        [FromRoute(Name = "pipeline_id")] string id, [FromRoute(Name = "pipeline_version_id")] string version, HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        if (!(await ReadAsync(request, cancellation)).TryGet(out var change, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        var updated = await store.UpdateVersionAsync(id, version, change.DisplayName, change.Description, change.Tags, cancellation);
        return updated.Select(VersionWire.Of).ToKfpAnswer(CatalogWireContext.Default.VersionWire);
    }

    private static async Task<Result<(string? DisplayName, string? Description, IReadOnlyDictionary<string, string>? Tags)>> ReadAsync(
        HttpRequest request, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var change = (body.Text("display_name", UploadQuery.MaxName), body.Text("description", UploadQuery.MaxDescription), body.Tags("tags"));
        return body.Faults.Count > 0 ? Problem.Invalid(body.Faults) : change;
    }
}
