using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary><c>GET mlflow-artifacts/artifacts?path=FOLDER</c>: what is directly in a folder, by bare names.</summary>
internal static class ListArtifacts
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("GET", "2.0/mlflow-artifacts/artifacts", HandleAsync).RequirePermission("artifacts.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var path = call.Fields.Text("path");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!ArtifactPath.Parse(path ?? "").Then(folder => ProxyAddress.InWorkspace(call.Http, folder)).TryGet(out var place, out var problem))
        {
            return problem;
        }

        var rows = await call.Service<ArtifactTree>().ListAsync(place.Namespace, place.Path, call.Cancellation);
        return MlflowReply.Object(writer => FileList.Write(writer, rows, ArtifactPath.Root));
    }
}
