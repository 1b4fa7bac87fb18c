using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Objects;

namespace Slipway.Registry.Versions;

/// <summary><c>GET /models/{model}/versions/{version}/artifact</c>: the model file, streamed; its digest is the ETag.</summary>
internal static class DownloadArtifact
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/{model}/versions/{version}/artifact", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string version, HttpContext http, IModelRegistry registry, IObjectStore objects, CancellationToken cancellation)
    {
        var found = await GetVersion.FindAsync(registry, ns, model, version, "version", cancellation);
        if (!found.TryGet(out var wanted, out var problem))
        {
            return problem.ToAnswer();
        }

        var tag = $"\"{wanted.ArtifactDigest}\"";
        if (http.Request.Headers.IfNoneMatch.Any(known => known == tag))
        {
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        if (await objects.FindAsync(wanted.ArtifactDigest, cancellation) is not { } artifact)
        {
            return Problem.NotFound($"the artifact {wanted.ArtifactDigest} of version {version} of model {model}").ToAnswer();
        }

        return (await objects.OpenAsync(wanted.ArtifactDigest, 0, null, cancellation)).ToAnswer(content =>
        {
            // The header class quotes and encodes the name; model names may hold letters beyond ASCII.
            var disposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = $"{model}-{wanted.Version}.{wanted.Format}" };
            http.Response.Headers.ContentDisposition = disposition.ToString();
            http.Response.Headers.ETag = tag;
            http.Response.ContentLength = artifact.Bytes;
            return Results.Stream(content, "application/octet-stream");
        });
    }
}
