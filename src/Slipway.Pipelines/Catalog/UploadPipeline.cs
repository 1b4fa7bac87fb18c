using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Packages;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary>
/// <c>POST /pipelines/upload?name=&amp;display_name=&amp;description=&amp;namespace=&amp;tags=</c> with the package in the form: the pipeline and its first version, which takes its name.
/// </summary>
internal static class UploadPipeline
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/pipelines/upload", HandleAsync).RequirePermission("pipelines.create");

    private static async Task<IResult> HandleAsync(HttpRequest request, CatalogStore store, CancellationToken cancellation)
    {
        if (!(await UploadForm.ReadAsync(request, cancellation)).TryGet(out var file, out var problem)
            || !UploadQuery.Read(request.Query, file.FileName).TryGet(out var asked, out problem)
            || !KfpNamespace.Read(request.Query["namespace"]).TryGet(out var ns, out problem)
            || !PipelineDocument.FromPackage(file.FileName, file.Bytes).TryGet(out var document, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var created = await store.CreateAsync(
            new NewPipeline(ns, asked.Name, asked.DisplayName, asked.Description, asked.Tags),
            new NewVersion(asked.Name, asked.DisplayName, asked.Description, "", asked.CodeSourceUrl, document.Wire, new Dictionary<string, string>()),
            cancellation);
        return created.Select(c => PipelineWire.Of(c.Pipeline)).ToKfpAnswer(CatalogWireContext.Default.PipelineWire);
    }
}
