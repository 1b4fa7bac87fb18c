using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// What MLflow's web pages fetch outside its API: <c>GET /get-artifact?run_id=&amp;path=</c>, <c>GET /model-versions/get-artifact?name=&amp;version=&amp;path=</c>,
/// and <c>POST upload-artifact?run_uuid=&amp;path=</c> for small files.
/// </summary>
internal static class PageArtifacts
{
    private const int MostUploadBytes = 10 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/get-artifact", ["GET", "HEAD"], ArtifactCalls.Handle(GetOfRunAsync)).RequirePermission("artifacts.read");
        routes.MapMethods("/model-versions/get-artifact", ["GET", "HEAD"], ArtifactCalls.Handle(GetOfVersionAsync)).RequirePermission("artifacts.read");
        routes.MapMethods("/api/2.0/mlflow/upload-artifact", ["POST"], ArtifactCalls.Handle(UploadAsync)).RequirePermission("artifacts.write");
    }

    private static async Task<Problem?> GetOfRunAsync(HttpContext http)
    {
        var ns = MlflowWorkspace.Of(http.Request).OrThrow();
        var runId = First(http, "run_id") ?? First(http, "run_uuid");
        if (runId is null || First(http, "path") is not { } text)
        {
            return Missing(runId is null ? "run_id" : "path");
        }

        return ArtifactPath.Parse(text).TryGet(out var path, out var problem) && (await RootAsync(http, ns, runId)).TryGet(out var root, out problem)
            ? await FileAnswer.SendAsync(http, new ArtifactPlace(ns, root.Join(path)))
            : problem;
    }

    private static async Task<Problem?> GetOfVersionAsync(HttpContext http)
    {
        var ns = MlflowWorkspace.Of(http.Request).OrThrow();
        if (First(http, "name") is not { } name || First(http, "version") is not { } version || First(http, "path") is not { } text)
        {
            return Missing(First(http, "name") is null ? "name" : First(http, "version") is null ? "version" : "path");
        }

        var services = http.RequestServices;
        if (services.GetService<IModelRegistry>() is not { } registry || !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return new Problem(ProblemCode.NotFound, $"Model Version (name={name}, version={version}) not found");
        }

        if (!ArtifactPath.Parse(text).TryGet(out var path, out var problem)
            || !(await registry.GetVersionAsync(ns, name, number, http.RequestAborted)).TryGet(out var found, out problem)
            || !(await services.GetRequiredService<ArtifactFiles>().LocateAsync(ns, UriOf(found), http.RequestAborted)).TryGet(out var root, out problem))
        {
            return problem;
        }

        return await FileAnswer.SendAsync(http, new ArtifactPlace(ns, root.Join(path)));
    }

    private static async Task<Problem?> UploadAsync(HttpContext http)
    {
        var ns = MlflowWorkspace.Of(http.Request).OrThrow();
        if (First(http, "run_uuid") is not { Length: > 0 } runId)
        {
            return Problem.Invalid("Request must specify run_uuid.");
        }

        if (First(http, "path") is not { Length: > 0 } text)
        {
            return Problem.Invalid("Request must specify path.");
        }

        if (!ArtifactPath.Parse(text).TryGet(out var path, out var problem))
        {
            return problem;
        }

        if (http.Request.ContentLength > MostUploadBytes)
        {
            return Problem.Invalid("Artifact size is too large. Max size is 10MB.");
        }

        if (http.Request.ContentLength is 0 or null && !http.Request.Headers.TransferEncoding.Any())
        {
            return Problem.Invalid("Request must specify data.");
        }

        if (!(await RootAsync(http, ns, runId)).TryGet(out var root, out problem))
        {
            return problem;
        }

        var tree = http.RequestServices.GetRequiredService<ArtifactTree>();
        if (!(await tree.PutAsync(ns, root.Join(path), http.Request.Body, http.RequestAborted)).TryGet(out _, out problem))
        {
            return problem;
        }

        http.Response.ContentType = "application/json";
        return null;
    }

    private static async Task<Result<ArtifactPath>> RootAsync(HttpContext http, string ns, string runId) =>
        await http.RequestServices.GetRequiredService<IModelSources>().FindRunArtifactUriAsync(ns, runId, http.RequestAborted) is { } uri
            ? await http.RequestServices.GetRequiredService<ArtifactFiles>().LocateAsync(ns, uri, http.RequestAborted)
            : new Problem(ProblemCode.NotFound, $"Run with id={runId} not found");

    // A version that Slipway trained has no source of its own; its files stand below registry/.
    private static string UriOf(ModelVersion version) => version.Source.Length > 0
        ? version.Source
        : string.Create(CultureInfo.InvariantCulture, $"mlflow-artifacts:/registry/{version.Model}/{version.Version}");

    private static string? First(HttpContext http, string name) => http.Request.Query.TryGetValue(name, out var values) && values is [{ } value, ..] ? value : null;

    private static Problem Missing(string name) =>
        Problem.Invalid($"Missing value for required parameter '{name}'. See the API docs for more information about request parameters.");
}
