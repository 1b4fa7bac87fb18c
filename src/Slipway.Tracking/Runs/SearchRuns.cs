using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/search</c> {experiment_ids, filter, run_view_type, max_results, order_by, page_token} -> {runs, next_page_token}</summary>
internal static class SearchRuns
{
    private static readonly string[] ViewTypes = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/search", HandleAsync).RequirePermission("runs.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (ids, view, limit) = (fields.Texts("experiment_ids"), fields.Choice("run_view_type", ViewTypes), fields.Count("max_results", 1000, 1, 50_000));
        var (filterText, orderTexts, token) = (fields.Text("filter"), fields.Texts("order_by"), fields.Text("page_token"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if (!SearchFilter.Parse(filterText).TryGet(out var filter, out var problem) || !SearchOrder.Parse(orderTexts).TryGet(out var order, out problem)
            || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        var lifecycle = view switch { "ALL" => null, "DELETED_ONLY" => Lifecycle.Deleted, _ => Lifecycle.Active };
        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                var query = new RunQuery(await ExperimentStore.NumbersAsync(session, call.Namespace, ids), lifecycle, filter, order);
                var (runs, next) = await PageAsync(session, query, place, limit);
                var parts = await RunParts.ReadAsync(session, runs);
                return MlflowReply.Object(writer =>
                {
                    writer.WriteStartArray("runs");
                    foreach (var run in runs)
                    {
                        writer.WriteRun(run, parts);
                    }

                    writer.WriteEndArray();
                    writer.WriteSet("next_page_token", next);
                });
            },
            call.Cancellation);
    }

    private static async Task<(IReadOnlyList<RunRow> Runs, string? Next)> PageAsync(IReadSession session, RunQuery query, PagePlace place, int limit)
    {
        // A token of another server, or of a page that began with few runs, has no part in it; it is followed by counting.
        var rare = place.After is null ? await RunSearchStore.RareAsync(session, query) : null;
        if (rare is null && RunSearchStore.IsByMetric(query) && (place.Offset == 0 || place.After is not null))
        {
            var sorted = await RunSearchStore.SearchByMetricAsync(session, query, SearchPlace.Read(place.After), limit + 1);
            return ([.. sorted.Take(limit).Select(s => s.Run)], sorted.Count <= limit ? null : MlflowPages.Token(place.Offset + limit, sorted[limit - 1].After.ToString()));
        }

        // One more than asked for tells whether there is a next page.
        var found = await RunSearchStore.SearchAsync(session, query, rare, place.Offset, limit + 1);
        return found.Count <= limit ? (found, null) : (found.Take(limit).ToArray(), MlflowPages.Token(place.Offset + limit));
    }
}
