using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>GET /pipelines/{id}</c>, and <c>GET /pipelines/names/{name}?namespace=</c>.</summary>
internal static class GetPipeline
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapGet("/pipelines/{pipeline_id}", ByIdAsync).RequirePermission("pipelines.read");
        kfp.MapGet("/pipelines/names/{name}", ByNameAsync).RequirePermission("pipelines.read");
    }

    private static async Task<IResult> ByIdAsync([FromRoute(Name = "pipeline_id")] string id, CatalogStore store, CancellationToken cancellation) =>
        Answer(await store.FindAsync(id, cancellation), id);

    private static async Task<IResult> ByNameAsync(string name, HttpRequest request, CatalogStore store, CancellationToken cancellation) =>
        KfpNamespace.Read(request.Query["namespace"]).TryGet(out var ns, out var problem)
            ? Answer(await store.FindByNameAsync(ns, name, cancellation), $"'{name}' in namespace {ns}")
            : problem.ToKfpAnswer();

    private static IResult Answer(PipelineRow? row, string what) =>
        row is null ? Problem.NotFound($"pipeline {what}").ToKfpAnswer() : Results.Json(PipelineWire.Of(row), CatalogWireContext.Default.PipelineWire);
}
