using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary>
/// <c>POST /pipelines/create {"pipeline", "pipeline_version": {"package_url": {"pipeline_url"}}}</c>: both or neither. The version takes the pipeline's names.
/// </summary>
internal static class CreatePipelineAndVersion
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/pipelines/create", HandleAsync).RequirePermission("pipelines.create");

    private static async Task<IResult> HandleAsync(HttpRequest request, CatalogStore store, PackageSource packages, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        if (body.Message("pipeline") is not { } first || body.Message("pipeline_version") is not { } second)
        {
            body.Fault("pipeline", "pipeline and pipeline_version are required");
            return Problem.Invalid(body.Faults).ToKfpAnswer();
        }

        var pipeline = CreatePipeline.Read(first);
        if (pipeline is null || CreateVersion.Read(second, pipeline) is not { } version)
        {
            return Problem.Invalid(body.Faults).ToKfpAnswer();
        }

        if (!(await packages.ReadAsync(second, cancellation)).TryGet(out var document, out problem))
        {
            return problem.ToKfpAnswer();
        }

        version = version with { Name = pipeline.Name, DisplayName = pipeline.DisplayName, Spec = document.Wire };
        var created = await store.CreateAsync(pipeline, version, cancellation);
        return created.Select(c => PipelineWire.Of(c.Pipeline)).ToKfpAnswer(CatalogWireContext.Default.PipelineWire);
    }
}
