using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary><c>DELETE mlflow-artifacts/artifacts/PATH</c>: a file, or a folder with all below it.</summary>
internal static class DeleteArtifact
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/2.0/mlflow-artifacts/artifacts/{**path}", ["DELETE"], ArtifactCalls.Handle(HandleAsync)).RequirePermission("artifacts.write");

    private static async Task<Problem?> HandleAsync(HttpContext http)
    {
        if (!ProxyAddress.Locate(http, "/mlflow-artifacts/artifacts/").TryGet(out var place, out var problem)
            || !(await http.RequestServices.GetRequiredService<ArtifactTree>().DeleteAsync(place.Namespace, place.Path, http.RequestAborted)).TryGet(out _, out problem))
        {
            return problem;
        }

        return await ArtifactCalls.DoneAsync(http, null);
    }
}
