using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Lineage;

/// <summary>That an execution read (<c>in</c>) or wrote (<c>out</c>) a content.</summary>
internal sealed record LineageEdgeWire(
    string Run, string Task, string Direction, string Name, string Artifact, string Type, string Uri, string? Digest, long? Bytes, JsonNode? Metadata, DateTimeOffset Time);

internal sealed record LineageWire(string Digest, IReadOnlyList<LineageEdgeWire> Edges, bool Cut);

/// <summary>
/// <c>GET .../lineage/{digest}?direction=up|down|both&amp;depth=N</c>: every execution on the way from or to a content, and what it read and wrote. 404 when no
/// execution knows the content.
/// </summary>
internal static class ReadLineage
{
    private const int MostDepth = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/lineage/{digest}", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(string ns, string digest, string? direction, string? depth, LineageWalk walk, CancellationToken cancellation)
    {
        var faults = new List<Fault>();
        var way = LineageDirection.Both;
        if (direction is not null && (!Enum.TryParse(direction, ignoreCase: true, out way) || int.TryParse(direction, out _)))
        {
            faults.Add(new Fault("direction", $"'{direction}' must be up, down or both"));
        }

        var most = 20;
        if (depth is not null && (!int.TryParse(depth, out most) || most is < 1 or > MostDepth))
        {
            faults.Add(new Fault("depth", $"'{depth}' must be a whole number from 1 to {MostDepth}"));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        var graph = await walk.FromAsync(ns, digest, way, most, cancellation);
        return graph.Edges.Count == 0
            ? Problem.NotFound($"an execution that read or wrote {digest}").ToAnswer()
            : Results.Json(new LineageWire(digest, [.. graph.Edges.Select(Of)], graph.Cut), LineageWireContext.Default.LineageWire);
    }

    private static LineageEdgeWire Of(ArtifactRow row) => new(
        row.RunId, row.Path, row.Direction, row.Name, row.Id, row.Type, row.Uri, row.Digest, row.Bytes, JsonNode.Parse(row.Metadata), Micros.ToTime(row.Created));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LineageWire))]
internal sealed partial class LineageWireContext : JsonSerializerContext;
