using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary><c>GET /artifacts?namespace=&amp;filter=...</c> (keys run_id, name, type, uri) and <c>GET /artifacts/{id}</c>: what runs have written.</summary>
internal static class ListArtifacts
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapGet("/artifacts", HandleAsync).RequirePermission("pipelineruns.read");
        kfp.MapGet("/artifacts/{artifact_id}", GetAsync).RequirePermission("pipelineruns.read");
    }

    private static async Task<IResult> HandleAsync(HttpRequest request, RunListStore store, CancellationToken cancellation)
    {
        if (!KfpNamespace.ReadFilter(request.Query["namespace"]).TryGet(out var ns, out var problem)
            || !ListRequest.Read(request.Query, RunListStore.Artifacts).TryGet(out var list, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var page = await store.ListArtifactsAsync(ns, list, cancellation);
        return PageAnswer.Of("artifacts", page.Items.Select(Wire), page.Total, page.NextToken);
    }

    private static async Task<IResult> GetAsync([FromRoute(Name = "artifact_id")] string id, RunListStore store, CancellationToken cancellation) =>
        await store.FindArtifactAsync(id, cancellation) is { } row
            ? Results.Text(Wire(row).ToJsonString(), "application/json")
            : Problem.NotFound($"artifact {id}").ToKfpAnswer();

    private static JsonObject Wire(ArtifactRow row)
    {
        var json = new JsonObject
        {
            ["artifact_id"] = row.Id,
            ["name"] = row.Name,
            ["type"] = row.Type,
            ["uri"] = row.Uri,
            ["metadata"] = JsonNode.Parse(row.Metadata),
            ["namespace"] = row.Namespace,
            ["run_id"] = row.RunId,
            ["task"] = row.Path,
            ["created_at"] = KfpTime.Text(row.Created),
        };
        if (row.Digest is not null)
        {
            (json["digest"], json["size"]) = (row.Digest, row.Bytes);
        }

        return json;
    }
}
