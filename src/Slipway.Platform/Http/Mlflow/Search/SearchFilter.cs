using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>
/// MLflow's filter language: <c>metrics.acc > 0.9 AND tags."my tag" LIKE '%a%'</c>; besides <c>AND</c> it takes <c>OR</c> and parentheses.
/// A fault says what was expected and in which column.
/// </summary>
public static class SearchFilter
{
    private const int LongestFilter = 100_000;
    private const int Deepest = 50;
    private const int MostClauses = 200;

    /// <summary>Null for a filter that is absent or blank, which finds everything.</summary>
    public static Result<SearchNode?> Parse(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter))
        {
            return Result.From<SearchNode?>(null);
        }

        if (filter.Length > LongestFilter)
        {
            return Problem.Invalid($"The filter has {filter.Length} characters; at most {LongestFilter} are read.");
        }

        var text = new SearchText(filter);
        var clauses = 0;
        if (!ParseAny(text, 0, ref clauses).TryGet(out var node, out var problem))
        {
            return problem;
        }

        return text.AtEnd
            ? Result.From<SearchNode?>(node)
            : SearchText.Wrong($"Invalid clause(s) in filter string: {text.Rest} stands where AND, OR or the end was expected", text.Column);
    }

    /// <summary>Every clause of the filter, in the order written.</summary>
    public static IEnumerable<SearchClause> ClausesOf(SearchNode? node) => node switch
    {
        SearchClause clause => [clause],
        AllOf all => all.Nodes.SelectMany(ClausesOf),
        AnyOf any => any.Nodes.SelectMany(ClausesOf),
        _ => [],
    };

    private static Result<SearchNode> ParseAny(SearchText text, int depth, ref int clauses)
    {
        var nodes = new List<SearchNode>();
        do
        {
            if (!ParseAll(text, depth, ref clauses).TryGet(out var node, out var problem))
            {
                return problem;
            }

            nodes.Add(node);
        }
        while (text.TakeWord("OR"));
        return nodes.Count == 1 ? nodes[0] : new AnyOf(nodes);
    }

    private static Result<SearchNode> ParseAll(SearchText text, int depth, ref int clauses)
    {
        var nodes = new List<SearchNode>();
        do
        {
            if (!ParseOne(text, depth, ref clauses).TryGet(out var node, out var problem))
            {
                return problem;
            }

            nodes.Add(node);
        }
        while (text.TakeWord("AND"));
        return nodes.Count == 1 ? nodes[0] : new AllOf(nodes);
    }

    private static Result<SearchNode> ParseOne(SearchText text, int depth, ref int clauses)
    {
        if (text.AtEnd)
        {
            return SearchText.Wrong("Invalid clause(s) in filter string: it ends where a comparison was expected", text.Column);
        }

        var column = text.Column;
        if (!text.Take('('))
        {
            return ++clauses > MostClauses
                ? SearchText.Wrong($"Invalid filter: it has more than {MostClauses} comparisons", column)
                : ParseClause(text, column);
        }

        if (depth >= Deepest)
        {
            return SearchText.Wrong($"Invalid filter: it has more than {Deepest} parentheses inside one another", column);
        }

        if (!ParseAny(text, depth + 1, ref clauses).TryGet(out var node, out var problem))
        {
            return problem;
        }

        return text.Take(')') ? node : SearchText.Wrong($"Invalid clause(s) in filter string: expected ')', found {text.Rest}", text.Column);
    }

    private static Result<SearchNode> ParseClause(SearchText text, int column)
    {
        if (!text.TakeKey().TryGet(out var key, out var problem) || !TakeComparison(text, key).TryGet(out var comparison, out problem))
        {
            return problem;
        }

        var taken = comparison switch
        {
            Comparison.IsNull or Comparison.IsNotNull => SearchValue.None,
            Comparison.In or Comparison.NotIn => text.TakeList(),
            _ => text.TakeValue(),
        };
        return taken.TryGet(out var value, out problem) ? new SearchClause(key, comparison, value, column) : problem;
    }

    private static Result<Comparison> TakeComparison(SearchText text, SearchKey key)
    {
        if (text.AtEnd)
        {
            return SearchText.Wrong($"Invalid clause(s) in filter string: '{key}' is followed by no comparison such as = or LIKE", text.Column);
        }

        var column = text.Column;
        if (text.TakeSymbol() is { } symbol)
        {
            return symbol;
        }

        if (text.TakeWord("NOT"))
        {
            return text.TakeWord("IN") ? Comparison.NotIn : SearchText.Wrong($"Invalid comparison clause: expected IN after NOT, found {text.Rest}", text.Column);
        }

        if (text.TakeWord("IS"))
        {
            var not = text.TakeWord("NOT");
            return text.TakeWord("NULL")
                ? not ? Comparison.IsNotNull : Comparison.IsNull
                : SearchText.Wrong($"Invalid comparison clause: expected NULL or NOT NULL after IS, found {text.Rest}", text.Column);
        }

        return text.TakeWord("LIKE") ? Comparison.Like
            : text.TakeWord("ILIKE") ? Comparison.ILike
            : text.TakeWord("RLIKE") ? Comparison.RLike
            : text.TakeWord("IN") ? Comparison.In
            : SearchText.Wrong($"Invalid clause(s) in filter string: expected a comparison such as = or LIKE after '{key}', found {text.Rest}", column);
    }
}
