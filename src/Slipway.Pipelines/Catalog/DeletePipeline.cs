using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>DELETE /pipelines/{id}?cascade=</c>, and <c>DELETE /pipelines/{id}/versions/{version}</c>.</summary>
internal static class DeletePipeline
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapDelete("/pipelines/{pipeline_id}", HandleAsync).RequirePermission("pipelines.delete");
        kfp.MapDelete("/pipelines/{pipeline_id}/versions/{pipeline_version_id}", VersionAsync).RequirePermission("pipelines.delete");
    }

    private static async Task<IResult> HandleAsync([FromRoute(Name = "pipeline_id")] string id, HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        var given = request.Query["cascade"].ToString();
        return given.Length > 0 && !bool.TryParse(given, out _)
            ? Problem.Invalid([new Fault("cascade", "must be true or false")]).ToKfpAnswer()
            : (await store.DeleteAsync(id, given.Length > 0 && bool.Parse(given), cancellation)).ToKfpAnswer();
    }

    private static async Task<IResult> VersionAsync(
        [FromRoute(Name = "pipeline_id")] string id, [FromRoute(Name = "pipeline_version_id")] string version, CatalogStore store, CancellationToken cancellation) =>
        (await store.DeleteVersionAsync(id, version, cancellation)).ToKfpAnswer();
}
