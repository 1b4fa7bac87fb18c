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

namespace Slipway.Tracking.Experiments;

/// <summary><c>GET|POST experiments/search</c> {view_type, max_results, filter, order_by, page_token} -> {experiments, next_page_token}</summary>
internal static class SearchExperiments
{
    public static readonly string[] ViewTypes = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", "2.0/mlflow/experiments/search", HandleAsync).RequirePermission("experiments.read");
        routes.MapMlflow("GET", "2.0/mlflow/experiments/search", HandleAsync).RequirePermission("experiments.read");

        // What clients from before MLflow 2 ask instead; there is one for JavaScript.
        routes.MapMlflow("GET", "2.0/mlflow/experiments/list", HandleAsync).RequirePermission("experiments.read");
    }

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (view, limit) = (fields.Choice("view_type", ViewTypes) ?? ViewTypes[0], fields.Count("max_results", 1000, 1, 50_000));
        var (filterText, orderTexts, token) = (fields.Text("filter"), fields.Texts("order_by"), fields.Text("page_token"));
        if ((fields.Problem ?? await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation)) is { } bad)
        {
            return bad;
        }

        if (!SearchFilter.Parse(filterText).TryGet(out var filter, out var problem))
        {
            return problem;
        }

        if (!SearchOrder.Parse(orderTexts).TryGet(out var order, out problem) || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                var sql = new SearchSql(session.Dialect);
                var condition = $"x.namespace = {sql.Add(call.Namespace)}"
                    + (view == "ALL" ? "" : $" AND x.lifecycle = {sql.Add(view == "ACTIVE_ONLY" ? Lifecycle.Active : Lifecycle.Deleted)}")
                    + (filter is null ? "" : $" AND {ExperimentFields.Condition(sql, filter)}");
                var found = await ExperimentStore.SearchAsync(session, condition, ExperimentFields.Order(order), sql.Parameters, limit + 1, place.Offset);
                var page = found.Take(limit).ToArray();
                var tags = await ExperimentStore.TagsAsync(session, [.. page.Select(e => e.Number)]);
                return MlflowReply.Object(writer =>
                {
                    writer.WriteStartArray("experiments");
                    foreach (var experiment in page)
                    {
                        writer.WriteExperiment(experiment, tags[experiment.Number]);
                    }

                    writer.WriteEndArray();
                    if (found.Count > limit)
                    {
                        writer.WriteString("next_page_token", MlflowPages.Token(place.Offset + limit));
                    }
                });
            },
            call.Cancellation);
    }
}
