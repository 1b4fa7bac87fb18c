using Microsoft.AspNetCore.Routing;

namespace Slipway.Pipelines.Catalog;

/// <summary>Every route of pipelines and versions.</summary>
internal static class CatalogRoutes
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        UploadPipeline.Map(kfp);
        UploadVersion.Map(kfp);
        CreatePipeline.Map(kfp);
        CreatePipelineAndVersion.Map(kfp);
        CreateVersion.Map(kfp);
        GetPipeline.Map(kfp);
        ListPipelines.Map(kfp);
        UpdatePipeline.Map(kfp);
        DeletePipeline.Map(kfp);
        GetVersion.Map(kfp);
        ListVersions.Map(kfp);
    }
}
