using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Models;

/// <summary><c>POST logged-models/search</c> {experiment_ids, filter, datasets, max_results, order_by, page_token} -> {models, next_page_token}</summary>
internal static class SearchModels
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", ModelCalls.Route + "/search", HandleAsync).RequirePermission("logged-models.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (ids, filterText, limit, token) = (fields.Texts("experiment_ids"), fields.Text("filter"), fields.Count("max_results", 100, 1, 1000), fields.Text("page_token"));
        var datasets = fields.Objects("datasets").Select(d => new ModelDataset(d.Text("dataset_name") ?? "", d.Text("dataset_digest"))).ToArray();
        var order = fields.Objects("order_by").Select(o => new ModelOrder(
            o.Required("field_name"), o.Flag("ascending") ?? true, o.Text("dataset_name"), o.Text("dataset_digest"))).ToArray();
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if (datasets.Any(d => d.Name.Length == 0))
        {
            return Problem.Invalid("`dataset_name` in the `datasets` clause must be specified.");
        }

        if (!SearchFilter.Parse(filterText).TryGet(out var filter, out var problem) || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                var sql = new SearchSql(session.Dialect);
                var numbers = await ExperimentStore.NumbersAsync(session, call.Namespace, ids);
                var condition = ModelFields.Condition(sql, numbers, filter, datasets);
                var (joins, terms) = ModelFields.Order(sql, order);
                var found = await ModelStore.SearchAsync(session, joins, condition, terms, sql.Parameters, limit + 1, place.Offset);
                var page = found.Take(limit).ToArray();
                var parts = await ModelStore.PartsAsync(session, [.. page.Select(m => m.Number)]);
                return MlflowReply.Object(writer =>
                {
                    writer.WriteStartArray("models");
                    foreach (var model in page)
                    {
                        writer.WriteModel(model, parts);
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
