using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Tracking.Stores;

internal sealed record ModelDataset(string Name, string? Digest);

internal sealed record ModelOrder(string Field, bool Ascending, string? DatasetName, string? DatasetDigest);

/// <summary>What the keys of a search over logged models mean. The conditions are on <c>tracking_models m</c> and <c>tracking_experiments e</c>.</summary>
internal static class ModelFields
{
    /// <exception cref="ProblemException">A key, comparison or value that cannot be.</exception>
    public static string Condition(SearchSql sql, long[] experiments, SearchNode? filter, IReadOnlyList<ModelDataset> datasets)
    {
        var onDatasets = datasets.Count == 0 ? "" : $" AND ({string.Join(" OR ", datasets.Select(d => OnDataset(sql, d.Name, d.Digest)))})";
        var all = $"{sql.Dialect.In("m.experiment", sql.Add(sql.Dialect.List(experiments)))} AND m.lifecycle = 'active'";
        if (filter is not null)
        {
            all += $" AND {Condition(sql, filter, onDatasets)}";
        }

        // Without a metric in the filter, any metric on the datasets will do.
        return onDatasets.Length > 0 && !SearchFilter.ClausesOf(filter).Any(c => IsMetric(c.Key))
            ? $"{all} AND EXISTS (SELECT 1 FROM tracking_model_metrics f WHERE f.model = m.number{onDatasets})"
            : all;
    }

    /// <exception cref="ProblemException">A field that models cannot be sorted by.</exception>
    public static (string Joins, string Terms) Order(SearchSql sql, IReadOnlyList<ModelOrder> order)
    {
        var (terms, byCreation) = (new List<string>(), false);
        foreach (var term in order)
        {
            var direction = term.Ascending ? "ASC" : "DESC";
            var dot = term.Field.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
            {
                var column = Number(term.Field) ?? Text(term.Field) ?? throw new ProblemException(Problem.Invalid($"Invalid order by field name: {term.Field}"));
                byCreation |= column == "m.created";
                terms.Add($"{column} {direction}");
                continue;
            }

            if (term.Field[..dot] is not ("metrics" or "metric"))
            {
                throw new ProblemException(Problem.Invalid($"Invalid order by field name: {term.Field}. Only metrics are supported."));
            }

            var key = term.Field[(dot + 1)..].Trim('`', '"');
            var on = (term.DatasetName is { Length: > 0 } name ? $" AND f.dataset_name = {sql.Add(name)}" : "")
                + (term.DatasetDigest is { Length: > 0 } digest ? $" AND f.dataset_digest = {sql.Add(digest)}" : "");
            var latest = $"(SELECT f.value FROM tracking_model_metrics f WHERE f.model = m.number AND f.key = {sql.Add(key)}{on} ORDER BY f.time DESC, f.step DESC LIMIT 1)";
            terms.Add($"CASE WHEN {latest} IS NULL THEN 1 ELSE 0 END, {latest} {direction}");
        }

        if (!byCreation)
        {
            terms.Add("m.created DESC");
        }

        terms.Add("m.number DESC");
        return ("", string.Join(", ", terms));
    }

    private static bool IsMetric(SearchKey key) => key.Entity is "metrics" or "metric";

    private static string OnDataset(SearchSql sql, string name, string? digest) =>
        $"(f.dataset_name = {sql.Add(name)}{(string.IsNullOrEmpty(digest) ? "" : $" AND f.dataset_digest = {sql.Add(digest)}")})";

    private static string Condition(SearchSql sql, SearchNode node, string onDatasets) => node switch
    {
        AllOf all => $"({string.Join(" AND ", all.Nodes.Select(n => Condition(sql, n, onDatasets)))})",
        AnyOf any => $"({string.Join(" OR ", any.Nodes.Select(n => Condition(sql, n, onDatasets)))})",
        SearchClause clause when IsMetric(clause.Key) => Numeric(clause) is var number
            ? $"EXISTS (SELECT 1 FROM tracking_model_metrics f WHERE f.model = m.number AND f.key = {sql.Add(clause.Key.Name)} AND f.is_nan = 0 AND {sql.Number("f.value", clause.Comparison, number)}{onDatasets})"
            : "",
        SearchClause { Key.Entity: "params" or "param" } clause => Pair(sql, clause, "tracking_model_params"),
        SearchClause { Key.Entity: "tags" or "tag" } clause => Pair(sql, clause, "tracking_model_tags"),
        SearchClause { Key.Entity: null or "attributes" or "attribute" } clause => Attribute(sql, clause),
        SearchClause clause => throw Wrong(
            $"Invalid entity type: '{clause.Key.Entity}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].", clause.Key.Column),
        _ => throw new InvalidOperationException($"{node} is no part of a filter"),
    };

    private static string Pair(SearchSql sql, SearchClause clause, string table)
    {
        var has = $"EXISTS (SELECT 1 FROM {table} f WHERE f.model = m.number AND f.key = {sql.Add(clause.Key.Name)}";
        return clause.Comparison switch
        {
            Comparison.IsNull => $"NOT {has})",
            Comparison.IsNotNull => $"{has})",
            _ => $"{has} AND {Textual(sql, "f.value", clause)})",
        };
    }

    private static string Attribute(SearchSql sql, SearchClause clause) =>
        Number(clause.Key.Name) is { } number ? sql.Number($"({number} / 1000)", clause.Comparison, Numeric(clause))
        : Text(clause.Key.Name) is { } text ? Textual(sql, text, clause)
        : throw Wrong(
            $"Invalid attribute: '{clause.Key.Name}'. Expected one of name, model_id, model_type, status, source_run_id, creation_timestamp, last_updated_timestamp.",
            clause.Key.Column);

    private static string Textual(SearchSql sql, string column, SearchClause clause)
    {
        if (clause.Comparison is not (Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike or Comparison.In or Comparison.NotIn))
        {
            throw Wrong(
                $"Invalid comparison operator for {clause.Key}: '{clause.Comparison}'. Expected one of ('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN').", clause.Column);
        }

        return clause.Value.Kind is SearchValueKind.Text or SearchValueKind.List
            ? sql.Text(column, clause.Comparison, clause.Value)
            : throw Wrong($"Expected a quoted string value for {clause.Key}. Got value {clause.Value.Written}", clause.Column);
    }

    private static double Numeric(SearchClause clause) =>
        !SearchSql.IsOrdering(clause.Comparison)
            ? throw Wrong($"Invalid comparison operator for {clause.Key}: '{clause.Comparison}'. Expected one of ('<', '<=', '>', '>=', '=', '!=').", clause.Column)
        : clause.Value.Kind == SearchValueKind.Number ? clause.Value.Number
        : throw Wrong($"Expected a numeric value for {clause.Key}. Found {clause.Value.Written}", clause.Column);

    private static string? Number(string name) => name switch
    {
        "creation_timestamp" or "creation_time" or "creation_timestamp_ms" => "m.created",
        "last_updated_timestamp" or "last_updated_timestamp_ms" => "m.updated",
        _ => null,
    };

    private static string? Text(string name) => name switch
    {
        "name" => "m.name",
        "model_id" => "m.id",
        "model_type" => "m.model_type",
        "status" => "m.status",
        "source_run_id" => "m.source_run_id",
        "experiment_id" => "e.id",
        "artifact_location" => "e.artifact_location || '/models/' || m.id || '/artifacts'",
        _ => null,
    };

    private static ProblemException Wrong(string message, int column) => new(SearchFaults.At(message, column));
}
