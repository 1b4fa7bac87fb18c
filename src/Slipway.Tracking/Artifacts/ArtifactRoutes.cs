using Microsoft.AspNetCore.Routing;
using Slipway.Tracking.Artifacts.Http;

namespace Slipway.Tracking.Artifacts;

/// <summary>MLflow's artifact proxy and the artifact routes of its pages.</summary>
internal static class ArtifactRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ListArtifacts.Map(routes);
        DownloadArtifact.Map(routes);
        UploadArtifact.Map(routes);
        DeleteArtifact.Map(routes);
        MultipartUpload.Map(routes);
        PresignedAddresses.Map(routes);
        RunArtifacts.Map(routes);
        PageArtifacts.Map(routes);
    }
}
