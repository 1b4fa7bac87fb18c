using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Insight;

/// <summary>
/// <c>GET /runs/{id}/tree</c> -> {run, children: [..]}: the runs nested in it, as MLflow's clients nest them (tag <c>mlflow.parentRunId</c>), oldest first.
/// </summary>
internal static class RunTree
{
    private const int MostRuns = 10_000;

    public static void Map(IEndpointRouteBuilder runs) => runs.MapGet("/{id}/tree", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(string ns, string id, IDatabase database, CancellationToken cancellation)
    {
        if (RunRules.Check(ns, id) is { } bad)
        {
            return bad.ToAnswer();
        }

        var tree = await database.ReadAsync((session, _) => ReadAsync(session, ns, id), cancellation);
        return tree is null ? Problem.NotFound($"run {id} in namespace {ns}").ToAnswer() : Results.Json(tree, TrackingJson.Default.RunNode);
    }

    private static async Task<RunNode?> ReadAsync(IReadSession session, string ns, string id)
    {
        if (await RunStore.FindAsync(session, ns, id) is not { } root)
        {
            return null;
        }

        // Level by level; a run that names itself or a descendant as its parent is met once.
        var nodes = new Dictionary<string, List<RunSummary>>(StringComparer.Ordinal) { [id] = [] };
        var level = new List<string> { id };
        while (level.Count > 0 && nodes.Count < MostRuns)
        {
            var next = new List<string>();
            foreach (var (parent, run) in await RunTreeStore.ChildrenAsync(session, ns, level, MostRuns))
            {
                if (nodes.TryAdd(run.Id, []))
                {
                    nodes[parent].Add(run.ToSummary());
                    next.Add(run.Id);
                }
            }

            level = next;
        }

        return Node(root.ToSummary(), nodes);
    }

    private static RunNode Node(RunSummary run, Dictionary<string, List<RunSummary>> children) => new(run, [.. children[run.Id].Select(c => Node(c, children))]);
}
