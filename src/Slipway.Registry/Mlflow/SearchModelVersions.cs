using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET model-versions/search?filter=&amp;order_by=&amp;max_results=&amp;page_token=</c></summary>
internal static class SearchModelVersions
{
    private const int DefaultPage = 10_000;
    private const int LargestPage = 200_000;

    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        if (!SearchRequest.Read(call.Fields, DefaultPage, LargestPage).TryGet(out var asked, out var problem))
        {
            return problem;
        }

        return await Asked.ReadAsync(call, async session =>
        {
            var found = await ModelSearchStore.VersionsAsync(session, call.Namespace, asked.Filter, asked.Order, asked.Limit + 1, asked.Offset);
            return MlflowReply.Object(writer =>
            {
                ModelReply.WriteAll(writer, "model_versions", found.Take(asked.Limit), version => ModelReply.Write(writer, version, []));
                writer.WriteSet("next_page_token", asked.Next(found.Count));
            });
        });
    }
}

/// <summary>What both searches take.</summary>
internal sealed record SearchRequest(SearchNode? Filter, IReadOnlyList<OrderTerm> Order, int Limit, long Offset)
{
    public static Result<SearchRequest> Read(MlflowFields fields, int absent, int most)
    {
        var (filter, order, token) = (fields.Text("filter"), fields.Texts("order_by"), fields.Text("page_token"));
        var limit = fields.Count("max_results", absent, 1, most);
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        return MlflowPages.Read(token).TryGet(out var place, out var problem)
            ? SearchFilter.Parse(filter).Then(node => SearchOrder.Parse(order).Select(terms => new SearchRequest(node, terms, limit, place.Offset)))
            : problem;
    }

    /// <summary>One more than asked for tells that there is a next page.</summary>
    public string? Next(int found) => found > Limit ? MlflowPages.Token(Offset + Limit) : null;
}
