using System.Security.Cryptography;
using System.Text;
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

        if (!SearchFilter.Parse(filterText).TryGet(out var filter, out var problem))
        {
            return problem with { Message = $"Invalid filter string: '{filterText}'. {problem.Message}" };
        }

        if (HasAny(filter))
        {
            return Problem.Invalid($"Invalid filter string: '{filterText}'. Logged models are searched by comparisons separated by 'AND'; there is no OR.");
        }

        var search = new PageOf(string.Join(',', ids), filterText ?? "", string.Join(';', order.Select(o => o.ToString())));
        if (!MlflowPages.Read(token).TryGet(out var place, out problem) || (place.After is { } asked && (problem = search.Check(asked)) is not null))
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
                        writer.WriteString("next_page_token", MlflowPages.Token(place.Offset + limit, search.ToString()));
                    }
                });
            },
            call.Cancellation);
    }

    private static bool HasAny(SearchNode? node) => node is AnyOf || (node is AllOf all && all.Nodes.Any(HasAny));

    /// <summary>What a page belongs to: the next page of another search would be of neither.</summary>
    private sealed record PageOf(string Experiments, string Filter, string Order)
    {
        public override string ToString() => $"{Mark(Experiments)}.{Mark(Filter)}.{Mark(Order)}";

        public Problem? Check(string token) => token.Split('.') switch
        {
            [var experiments, _, _] when experiments != Mark(Experiments) =>
                Problem.Invalid("Experiment IDs in the page token do not match the requested experiment IDs. Search from the first page."),
            [_, var filter, _] when filter != Mark(Filter) =>
                Problem.Invalid("Filter string in the page token does not match the requested filter string. Search from the first page."),
            [_, _, var order] when order != Mark(Order) =>
                Problem.Invalid("Order by in the page token does not match the requested order by. Search from the first page."),
            _ => null,
        };

        private static string Mark(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));
    }
}
