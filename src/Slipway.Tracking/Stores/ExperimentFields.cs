using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Tracking.Stores;

/// <summary>What the keys of an experiment search mean. The condition is on <c>tracking_experiments x</c>; its texts are constants of this file.</summary>
internal static class ExperimentFields
{
    /// <exception cref="ProblemException">A key, comparison or value that cannot be.</exception>
    public static string Condition(SearchSql sql, SearchNode node) => node switch
    {
        AllOf all => $"({string.Join(" AND ", all.Nodes.Select(n => Condition(sql, n)))})",
        AnyOf any => $"({string.Join(" OR ", any.Nodes.Select(n => Condition(sql, n)))})",
        SearchClause { Key.Entity: "tag" or "tags" } clause => Tag(sql, clause),
        SearchClause { Key.Entity: null or "attribute" or "attributes" or "attr" } clause => Attribute(sql, clause),
        SearchClause clause => throw Wrong(
            $"Invalid entity type '{clause.Key.Entity}'. Valid entity types are ('attribute', 'tag', 'tags')", clause.Key.Column),
        _ => throw new InvalidOperationException($"{node} is no part of a filter"),
    };

    /// <exception cref="ProblemException">A key that experiments cannot be sorted by.</exception>
    public static string Order(IReadOnlyList<OrderTerm> order)
    {
        if (order.Count == 0)
        {
            return "x.created DESC, x.number";
        }

        var terms = order.Select(term => (term.Key.Entity is null or "attribute" or "attributes" or "attr" ? term.Key.Name : null) switch
        {
            "name" => "x.name",
            "experiment_id" => "x.number",
            "creation_time" => "x.created",
            "last_update_time" => "x.updated",
            null => throw Wrong($"Invalid order_by entity: {term.Key.Entity}", term.Key.Column),
            _ => throw Wrong(
                $"Invalid attribute key '{term.Key.Name}' specified. Valid keys are 'name', 'experiment_id', 'creation_time', 'last_update_time'", term.Key.Column),
        } + (term.Ascending ? " ASC" : " DESC")).ToList();
        return string.Join(", ", terms.Append("x.number DESC"));
    }

    private static string Attribute(SearchSql sql, SearchClause clause)
    {
        var column = clause.Key.Name switch
        {
            "name" => "x.name",
            "creation_time" => "(x.created / 1000)",
            "last_update_time" => "(x.updated / 1000)",
            _ => throw Wrong(
                $"Invalid attribute key '{clause.Key.Name}' specified. Valid keys are 'name', 'creation_time', 'last_update_time'", clause.Key.Column),
        };
        if (column != "x.name")
        {
            return !SearchSql.IsOrdering(clause.Comparison) ? throw Wrong($"Invalid comparator for numeric attribute: {clause.Comparison}", clause.Column)
                : clause.Value.Kind == SearchValueKind.Number ? sql.Number(column, clause.Comparison, clause.Value.Number)
                : throw Wrong($"Expected numeric value type for numeric attribute: {clause.Key.Name}. Found {clause.Value.Written}", clause.Column);
        }

        return clause.Comparison is not (Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike)
            ? throw Wrong($"Invalid comparator for string attribute: {clause.Comparison}", clause.Column)
            : clause.Value.Kind == SearchValueKind.Text ? sql.Text(column, clause.Comparison, clause.Value)
            : throw Wrong($"Expected a quoted string value for attributes. Got value {clause.Value.Written}", clause.Column);
    }

    private static string Tag(SearchSql sql, SearchClause clause)
    {
        var has = $"EXISTS (SELECT 1 FROM tracking_experiment_tags t WHERE t.experiment = x.number AND t.key = {sql.Add(clause.Key.Name)}";
        return clause.Comparison switch
        {
            Comparison.IsNull => $"NOT {has})",
            Comparison.IsNotNull => $"{has})",
            Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike => clause.Value.Kind == SearchValueKind.Text
                ? $"{has} AND {sql.Text("t.value", clause.Comparison, clause.Value)})"
                : throw Wrong($"Expected a quoted string value for tag (e.g. 'my-value'). Got value {clause.Value.Written}", clause.Column),
            _ => throw Wrong($"Invalid comparator for tag: {clause.Comparison}", clause.Column),
        };
    }

    private static ProblemException Wrong(string message, int column) => new(SearchFaults.At(message, column));
}
