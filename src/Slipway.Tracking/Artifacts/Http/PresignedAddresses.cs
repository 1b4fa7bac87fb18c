using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// <c>GET mlflow-artifacts/presigned/PATH</c> and <c>POST artifacts/presigned-upload-url</c>: addresses for one download or upload without a token, and
/// <c>mlflow-artifacts/signed/PATH</c>, where they lead.
/// </summary>
internal static class PresignedAddresses
{
    private const string Signed = "/api/2.0/mlflow-artifacts/signed/{**path}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("GET", "2.0/mlflow-artifacts/presigned/{**path}", PresignDownloadAsync).RequirePermission("artifacts.read");
        routes.MapMlflow("POST", "2.0/mlflow/artifacts/presigned-upload-url", PresignUploadAsync).RequirePermission("artifacts.write");
        routes.MapMethods(Signed, ["GET", "HEAD"], ArtifactCalls.Handle(http => DownloadAsync(http))).Public();
        routes.MapMethods(Signed, ["PUT"], ArtifactCalls.Handle(http => UploadAsync(http))).Public();
    }

    private static async Task<Result<MlflowReply>> PresignDownloadAsync(MlflowCall call)
    {
        if (!ProxyAddress.Locate(call.Http, "/mlflow-artifacts/presigned/").TryGet(out var place, out var problem)
            || !(await call.Service<ArtifactTree>().FindFileAsync(place.Namespace, place.Path, call.Cancellation)).TryGet(out var file, out problem))
        {
            return problem;
        }

        var made = await call.Service<SignedAddress>().MakeAsync(call.Http, "GET", place, SignedAddress.DefaultLife, call.Cancellation);
        return made.Select(url => MlflowReply.Object(writer =>
        {
            writer.WriteString("url", url);
            writer.WriteNumber("file_size", file.Bytes);
        }));
    }

    private static async Task<Result<MlflowReply>> PresignUploadAsync(MlflowCall call)
    {
        var (runId, text) = (call.Fields.Required("run_id"), call.Fields.Required("path"));
        var seconds = call.Fields.Int64("expiration") ?? (long)SignedAddress.DefaultLife.TotalSeconds;
        if (seconds < 1 || seconds > SignedAddress.LongestLife.TotalSeconds)
        {
            call.Fields.RejectValue(
                "expiration", seconds.ToString(CultureInfo.InvariantCulture), $" It must be from 1 to {SignedAddress.LongestLife.TotalSeconds} seconds.");
        }

        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!(await RunRoots.OfRunAsync(call, runId)).TryGet(out var root, out var problem) || !ArtifactPath.Parse(text).TryGet(out var path, out problem))
        {
            return problem;
        }

        var file = root.Path.Join(path);
        if (path.IsRoot || await call.Service<ArtifactTree>().RefusesAsync(call.Namespace, file, call.Cancellation) is not null)
        {
            return Problem.Invalid("Invalid path");
        }

        var made = await call.Service<SignedAddress>().MakeAsync(call.Http, "PUT", new ArtifactPlace(call.Namespace, file), TimeSpan.FromSeconds(seconds), call.Cancellation);
        return made.Select(url => MlflowReply.Object(writer => writer.WriteString("presigned_url", url)));
    }

    private static async Task<Problem?> DownloadAsync(HttpContext http)
    {
        var signed = http.RequestServices.GetRequiredService<SignedAddress>();
        return ProxyAddress.Read(http, "/mlflow-artifacts/signed/").TryGet(out var path, out var problem)
            && (await signed.CheckAsync(http, "GET", path, http.RequestAborted)).TryGet(out var ns, out problem)
            ? await FileAnswer.SendAsync(http, new ArtifactPlace(ns, path))
            : problem;
    }

    private static async Task<Problem?> UploadAsync(HttpContext http)
    {
        var services = http.RequestServices;
        if (!ProxyAddress.Read(http, "/mlflow-artifacts/signed/").TryGet(out var path, out var problem)
            || !(await services.GetRequiredService<SignedAddress>().CheckAsync(http, "PUT", path, http.RequestAborted)).TryGet(out var ns, out problem)
            || !(await services.GetRequiredService<ArtifactTree>().PutAsync(ns, path, ArtifactCalls.Body(http), http.RequestAborted)).TryGet(out var row, out problem))
        {
            return problem;
        }

        return await ArtifactCalls.DoneAsync(http, row.Digest);
    }
}
