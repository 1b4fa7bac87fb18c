using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>The <c>order_by</c> lists of MLflow's searches: <c>["metrics.acc DESC", "start_time"]</c>.</summary>
public static class SearchOrder
{
    public static Result<IReadOnlyList<OrderTerm>> Parse(IReadOnlyList<string> terms)
    {
        var parsed = new List<OrderTerm>(terms.Count);
        foreach (var term in terms)
        {
            if (!ParseOne(term).TryGet(out var one, out var problem))
            {
                return problem;
            }

            if (parsed.Any(p => p.Key.Entity == one.Key.Entity && p.Key.Name == one.Key.Name))
            {
                return Problem.Invalid($"`order_by` contains duplicate fields: {one.Key}");
            }

            parsed.Add(one);
        }

        return parsed;
    }

    private static Result<OrderTerm> ParseOne(string term)
    {
        var text = new SearchText(term);
        if (text.AtEnd || !text.TakeKey().TryGet(out var key, out _))
        {
            return Problem.Invalid($"Invalid order_by clause '{Shown(term)}'. Could not be parsed.");
        }

        var descending = text.TakeWord("DESC");
        var ascending = !descending && text.TakeWord("ASC");
        if (text.AtEnd)
        {
            return new OrderTerm(key, !descending);
        }

        return descending || ascending || text.Rest.Contains(' ', StringComparison.Ordinal)
            ? SearchText.Wrong($"Invalid order_by clause '{Shown(term)}'. Could not be parsed.", text.Column)
            : SearchText.Wrong($"Invalid ordering key in order_by clause '{Shown(term)}'.", text.Column);
    }

    private static string Shown(string term) => term.Length <= 200 ? term : string.Concat(term.AsSpan(0, 200), "...");
}
