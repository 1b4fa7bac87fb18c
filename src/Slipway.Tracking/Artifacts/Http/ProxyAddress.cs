using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Http;

/// <param name="Namespace">The workspace.</param>
internal sealed record ArtifactPlace(string Namespace, ArtifactPath Path);

/// <summary>The path at the end of a proxy's address, as it was sent: the server's own reading has resolved <c>..</c> and half of the escapes already.</summary>
internal static class ProxyAddress
{
    /// <param name="after">What stands before the path: <c>/mlflow-artifacts/artifacts/</c>.</param>
    public static Result<ArtifactPath> Read(HttpContext http, string after)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var start = target.IndexOf(after, StringComparison.Ordinal);
        return start < 0 || (end >= 0 && start > end)
            ? Problem.Invalid("Invalid path")
            : ArtifactPath.Parse(end < 0 ? target[(start + after.Length)..] : target[(start + after.Length)..end]);
    }

    /// <summary>The path, and the workspace that it is looked for in.</summary>
    public static Result<ArtifactPlace> Locate(HttpContext http, string after) => Read(http, after).Then(path => InWorkspace(http, path));

    /// <summary>
    /// The workspace of a path: the call's header says it; without a header, the path itself when it begins as the artifact roots of workspaces do
    /// (<c>workspaces/NAME/..</c>). A path of another workspace than the header's is refused rather than looked for in the wrong place.
    /// </summary>
    public static Result<ArtifactPlace> InWorkspace(HttpContext http, ArtifactPath path)
    {
        if (!MlflowWorkspace.Of(http.Request).TryGet(out var given, out var problem))
        {
            return problem;
        }

        if (path.Value.Split('/') is not ["workspaces", var named, ..] || named == given)
        {
            return new ArtifactPlace(given, path);
        }

        return http.Request.Headers.ContainsKey(MlflowWorkspace.Header)
            ? new Problem(ProblemCode.Forbidden, $"the path is one of the workspace '{named}', and the call is made in '{given}'")
            : MlflowWorkspace.Check(named).Select(ns => new ArtifactPlace(ns, path));
    }

    /// <summary>The address of a path of this server, as the caller reached it.</summary>
    public static string Of(HttpContext http, string path) => $"{http.Request.Scheme}://{http.Request.Host}/api/2.0/mlflow-artifacts/{path}";
}
