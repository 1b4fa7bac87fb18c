using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Packages;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>POST /pipelines/upload_version?pipelineid=&amp;name=&amp;display_name=&amp;description=&amp;tags=</c> with the package in the form.</summary>
internal static class UploadVersion
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/pipelines/upload_version", HandleAsync).RequirePermission("pipelines.create");

    private static async Task<IResult> HandleAsync(HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        if (!(await UploadForm.ReadAsync(request, cancellation)).TryGet(out var file, out var problem)
            || !UploadQuery.Read(request.Query, file.FileName).TryGet(out var asked, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var pipeline = request.Query["pipelineid"].ToString() is { Length: > 0 } id ? id : request.Query["pipeline_id"].ToString();
        if (pipeline.Length == 0)
        {
            return Problem.Invalid([new Fault("pipelineid", "is required")]).ToKfpAnswer();
        }

        if (!PipelineDocument.FromPackage(file.FileName, file.Bytes).TryGet(out var document, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var created = await store.CreateVersionAsync(
            pipeline, new NewVersion(asked.Name, asked.DisplayName, asked.Description, "", asked.CodeSourceUrl, document.Wire, asked.Tags), cancellation);
        return created.Select(VersionWire.Of).ToKfpAnswer(CatalogWireContext.Default.VersionWire);
    }
}
