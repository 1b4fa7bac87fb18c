using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary><c>PUT mlflow-artifacts/artifacts/PATH</c>: the body becomes the file, whole or not at all.</summary>
internal static class UploadArtifact
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/2.0/mlflow-artifacts/artifacts/{**path}", ["PUT"], ArtifactCalls.Handle(HandleAsync)).RequirePermission("artifacts.write");

    private static async Task<Problem?> HandleAsync(HttpContext http)
    {
        if (!ProxyAddress.Locate(http, "/mlflow-artifacts/artifacts/").TryGet(out var place, out var problem))
        {
            return problem;
        }

        var tree = http.RequestServices.GetRequiredService<ArtifactTree>();
        if (!(await tree.PutAsync(place.Namespace, place.Path, ArtifactCalls.Body(http), http.RequestAborted)).TryGet(out var row, out problem))
        {
            return problem;
        }

        return await ArtifactCalls.DoneAsync(http, row.Digest);
    }
}
