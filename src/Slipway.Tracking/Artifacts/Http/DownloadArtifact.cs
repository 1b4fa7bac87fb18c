using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary><c>GET mlflow-artifacts/artifacts/PATH</c> and HEAD: a file, whole or in parts.</summary>
internal static class DownloadArtifact
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/2.0/mlflow-artifacts/artifacts/{**path}", ["GET", "HEAD"], ArtifactCalls.Handle(HandleAsync)).RequirePermission("artifacts.read");

    private static async Task<Problem?> HandleAsync(HttpContext http) =>
        ProxyAddress.Locate(http, "/mlflow-artifacts/artifacts/").TryGet(out var place, out var problem) ? await FileAnswer.SendAsync(http, place) : problem;
}
