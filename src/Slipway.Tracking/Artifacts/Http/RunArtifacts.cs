using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// The artifacts of runs and of logged models as MLflow's web pages ask for them: <c>GET artifacts/list</c>, <c>GET logged-models/ID/artifacts/directories</c>
/// and <c>files</c>, <c>GET /get-artifact</c>, <c>POST upload-artifact</c>.
/// </summary>
internal static class RunArtifacts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("GET", "2.0/mlflow/artifacts/list", ListAsync).RequirePermission("artifacts.read");
        routes.MapMlflow("GET", "2.0/mlflow/logged-models/{model_id}/artifacts/directories", ListOfModelAsync).RequirePermission("artifacts.read");
        routes.MapMlflow("GET", "2.0/mlflow/logged-models/{model_id}/artifacts/files", GetOfModelAsync).RequirePermission("artifacts.read");
    }

    private static async Task<Result<MlflowReply>> ListAsync(MlflowCall call)
    {
        var (runId, path) = (call.Fields.RequiredRunId(), call.Fields.Text("path"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return ArtifactPath.Parse(path ?? "").TryGet(out var folder, out var problem) && (await RunRoots.OfRunAsync(call, runId)).TryGet(out var root, out problem)
            ? await ListAsync(call, root, folder)
            : problem;
    }

    private static async Task<Result<MlflowReply>> ListOfModelAsync(MlflowCall call)
    {
        var path = call.Fields.Text("artifact_directory_path");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return ArtifactPath.Parse(path ?? "").TryGet(out var folder, out var problem)
            && (await RunRoots.OfModelAsync(call, call.Path("model_id"))).TryGet(out var root, out problem)
            ? await ListAsync(call, root, folder)
            : problem;
    }

    private static async Task<Result<MlflowReply>> GetOfModelAsync(MlflowCall call)
    {
        if (call.Fields.Text("artifact_file_path") is not { Length: > 0 } text)
        {
            return call.Fields.Problem ?? Problem.Invalid("Request must include the \"artifact_file_path\" query parameter.") with { Reason = MlflowCode.BadRequest };
        }

        if (!ArtifactPath.Parse(text).TryGet(out var path, out var problem) || !(await RunRoots.OfModelAsync(call, call.Path("model_id"))).TryGet(out var root, out problem))
        {
            return problem;
        }

        return SendFile.Of(new ArtifactPlace(call.Namespace, root.Path.Join(path)));
    }

    private static async Task<Result<MlflowReply>> ListAsync(MlflowCall call, ArtifactFolder root, ArtifactPath folder)
    {
        var rows = await call.Service<ArtifactTree>().ListAsync(call.Namespace, root.Path.Join(folder), call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            writer.WriteString("root_uri", root.Uri);
            FileList.Write(writer, rows, folder);
        });
    }
}
