using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>POST /pipelines/{id}/versions {"display_name" | "name", "package_url": {"pipeline_url"}}</c>, or with the spec itself in <c>pipeline_spec</c>.</summary>
internal static class CreateVersion
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/pipelines/{pipeline_id}/versions", HandleAsync).RequirePermission("pipelines.create");

    /// <summary>The version that a message describes, without its spec; <paramref name="pipeline"/> lends its names where the message has none.</summary>
    public static NewVersion? Read(KfpBody body, NewPipeline? pipeline = null)
    {
        var name = body.Text("name", UploadQuery.MaxName) ?? pipeline?.Name;
        var displayName = body.Text("display_name", UploadQuery.MaxName) ?? pipeline?.DisplayName;
        var (description, codeSource, tags) = (body.Text("description", UploadQuery.MaxDescription), body.Text("code_source_url", 2048), body.Tags("tags"));
        var url = body.Message("package_url")?.Text("pipeline_url", 2048);
        if (string.IsNullOrWhiteSpace(name ?? displayName))
        {
            body.Fault("display_name", "a name or a display_name is required");
        }

        return body.Faults.Count > 0
            ? null
            : new NewVersion(name ?? displayName!, displayName ?? name!, description ?? "", url ?? "", codeSource ?? "", "", tags ?? new Dictionary<string, string>());
    }

    private static async Task<IResult> HandleAsync(
        [Microsoft.AspNetCore.Mvc.FromRoute(Name = "pipeline_id")] string pipelineId, HttpRequest request, CatalogStore store, PackageSource packages, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        if (Read(body) is not { } version)
        {
            return Problem.Invalid(body.Faults).ToKfpAnswer();
        }

        if (await store.FindAsync(pipelineId, cancellation) is null)
        {
            return Problem.NotFound($"pipeline {pipelineId}").ToKfpAnswer();
        }

        if (!(await packages.ReadAsync(body, cancellation)).TryGet(out var document, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var created = await store.CreateVersionAsync(pipelineId, version with { Spec = document.Wire }, cancellation);
        return created.Select(VersionWire.Of).ToKfpAnswer(CatalogWireContext.Default.VersionWire);
    }
}
