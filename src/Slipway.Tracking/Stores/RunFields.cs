using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Tracking.Stores;

/// <summary>What the keys of a run search mean, and which comparisons they take. Faults are MLflow's, with the column besides.</summary>
internal static class RunFields
{
    private const int Indexed = 100;

    private const string ArtifactUri = "(e.artifact_location || '/' || r.id || '/artifacts')";

    private enum Entity
    {
        Metric,
        Parameter,
        Tag,
        Attribute,
        Dataset,
    }

    public static bool IsMetric(SearchKey key) => key.Entity is "metric" or "metrics";

    /// <summary>True for a comparison that a stretch of a metric's sorted values passes.</summary>
    public static bool IsRange(SearchClause clause) => IsMetric(clause.Key) && clause.Value.Kind == SearchValueKind.Number
        && clause.Comparison is (Comparison.Equal or Comparison.Less or Comparison.LessOrEqual or Comparison.Greater or Comparison.GreaterOrEqual);

    /// <summary>That stretch, as a condition on <c>tracking_metrics</c>.</summary>
    public static string Range(SearchSql sql, SearchClause clause, string table, long experiment) =>
        $"{table}.experiment = {sql.Add(experiment)} AND {table}.key = {sql.Add(clause.Key.Name)} AND {table}.is_nan = 0 AND {sql.Number($"{table}.value", clause.Comparison, clause.Value.Number)}";

    /// <exception cref="ProblemException">A key, comparison or value that cannot be.</exception>
    public static string Condition(SearchSql sql, SearchNode node) => node switch
    {
        AllOf all => $"({string.Join(" AND ", all.Nodes.Select(n => Condition(sql, n)))})",
        AnyOf any => $"({string.Join(" OR ", any.Nodes.Select(n => Condition(sql, n)))})",
        SearchClause clause => Condition(sql, clause),
        _ => throw new InvalidOperationException($"{node} is no part of a filter"),
    };

    /// <summary>Where the value of an order term stands: a table of keys and values, or a column of the run itself.</summary>
    /// <exception cref="ProblemException">A key that runs cannot be sorted by.</exception>
    public static (string? Table, string Column, bool IsStart) Sorted(SearchKey key) => EntityOf(key) switch
    {
        Entity.Metric => ("tracking_metrics", "value", false),
        Entity.Parameter => ("tracking_params", "value", false),
        Entity.Tag => ("tracking_tags", "value", false),
        Entity.Attribute when Number(key.Name) is { } number => (null, number, number == "r.started"),
        Entity.Attribute when Text(key.Name) is { } text => (null, text, false),
        Entity.Attribute => throw Wrong(UnknownAttribute(key.Name), key.Column),
        _ => throw Wrong($"Invalid order_by entity type '{key.Entity}'", key.Column),
    };

    public static bool NeverMissing(string column) => column != "r.finished";

    private static string Condition(SearchSql sql, SearchClause clause) => EntityOf(clause.Key) switch
    {
        Entity.Metric => Metric(sql, clause),
        Entity.Parameter => Pair(sql, clause, "tracking_params", "parameter"),
        Entity.Tag => Pair(sql, clause, "tracking_tags", "tag"),
        Entity.Dataset => Dataset(sql, clause),
        _ => Attribute(sql, clause),
    };

    private static string Metric(SearchSql sql, SearchClause clause)
    {
        Allow(clause, SearchSql.IsOrdering(clause.Comparison));
        if (clause.Value.Kind != SearchValueKind.Number)
        {
            throw Wrong($"Expected numeric value type for metric. Found {clause.Value.Written}", clause.Column);
        }

        var key = sql.Add(clause.Key.Name);
        return $"EXISTS (SELECT 1 FROM tracking_metrics f WHERE f.run = r.number AND f.key = {key} AND f.is_nan = 0 AND {sql.Number("f.value", clause.Comparison, clause.Value.Number)})";
    }

    private static string Pair(SearchSql sql, SearchClause clause, string table, string what)
    {
        Allow(clause, clause.Comparison is Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike or Comparison.IsNull or Comparison.IsNotNull);
        var has = $"EXISTS (SELECT 1 FROM {table} f WHERE f.run = r.number AND f.key = {sql.Add(clause.Key.Name)}";
        if (clause.Comparison is Comparison.IsNull or Comparison.IsNotNull)
        {
            return clause.Comparison == Comparison.IsNull ? $"NOT {has})" : $"{has})";
        }

        if (clause.Value.Kind != SearchValueKind.Text)
        {
            throw Wrong($"Expected a quoted string value for {what} (e.g. 'my-value'). Got value {clause.Value.Written}", clause.Column);
        }

        return clause.Comparison == Comparison.Equal && sql.Dialect.Engine == DatabaseEngine.PostgreSql
            ? $"{has} AND {Same(sql, "f.value", clause.Value.Text)})"
            : $"{has} AND {sql.Text("f.value", clause.Comparison, clause.Value)})";
    }

    /// <summary>
    /// Equality by the beginnings that the migration 0040 has in indexes, and by the rest of what is longer. Nothing more is said of what is short: the planner
    /// would think that twice the conditions let through far less.
    /// </summary>
    private static string Same(SearchSql sql, string column, string text)
    {
        // Databases count characters, not halves of surrogate pairs.
        var beginning = string.Concat(text.EnumerateRunes().Take(Indexed).Select(r => r.ToString()));
        var same = $"substr({column}, 1, {Indexed}) = {sql.Add(beginning)}";
        return text.EnumerateRunes().Count() < Indexed ? same : $"({same} AND {column} = {sql.Add(text)})";
    }

    private static string Dataset(SearchSql sql, SearchClause clause)
    {
        Allow(clause, clause.Comparison is Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike or Comparison.In or Comparison.NotIn);
        if (clause.Value.Kind is not (SearchValueKind.Text or SearchValueKind.List))
        {
            throw Wrong($"Expected a quoted string value for dataset attributes. Got value {clause.Value.Written}", clause.Column);
        }

        const string Inputs = "EXISTS (SELECT 1 FROM tracking_inputs i JOIN tracking_datasets d ON d.number = i.dataset WHERE i.run = r.number AND ";
        return clause.Key.Name switch
        {
            "name" => $"{Inputs}{sql.Text("d.name", clause.Comparison, clause.Value)})",
            "digest" => $"{Inputs}{sql.Text("d.digest", clause.Comparison, clause.Value)})",
            "context" =>
                $"EXISTS (SELECT 1 FROM tracking_input_tags t WHERE t.run = r.number AND t.key = 'mlflow.data.context' AND {sql.Text("t.value", clause.Comparison, clause.Value)})",
            _ => throw Wrong($"Invalid dataset key '{clause.Key.Name}' specified. Valid keys are 'name', 'digest', 'context'", clause.Column),
        };
    }

    private static string Attribute(SearchSql sql, SearchClause clause)
    {
        var name = clause.Key.Name;
        if (Number(name) is { } number)
        {
            Allow(clause, SearchSql.IsOrdering(clause.Comparison));
            return clause.Value.Kind == SearchValueKind.Number
                ? sql.Number($"({number} / 1000)", clause.Comparison, clause.Value.Number)
                : throw Wrong($"Expected numeric value type for numeric attribute: {name}. Found {clause.Value.Written}", clause.Column);
        }

        var column = Text(name) ?? throw Wrong(UnknownAttribute(name), clause.Column);
        Allow(clause, clause.Comparison is Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike or Comparison.In or Comparison.NotIn);
        return clause.Value.Kind switch
        {
            SearchValueKind.List when name != "run_id" =>
                throw Wrong("Only the 'run_id' attribute supports comparison with a list of quoted string values.", clause.Column),
            SearchValueKind.Text when column == "r.name" && clause.Comparison == Comparison.Equal => Same(sql, column, clause.Value.Text),
            SearchValueKind.Text or SearchValueKind.List => sql.Text(column, clause.Comparison, clause.Value),
            _ => throw Wrong($"Expected a quoted string value for attributes. Got value {clause.Value.Written}", clause.Column),
        };
    }

    private static string? Number(string name) => name switch
    {
        "start_time" or "created" or "Created" => "r.started",
        "end_time" => "r.finished",
        _ => null,
    };

    private static string? Text(string name) => name switch
    {
        "run_id" => "r.id",
        "run_name" or "run name" or "Run name" or "Run Name" => "r.name",
        "status" => "r.status",
        "user_id" => "r.user_name",
        "artifact_uri" => ArtifactUri,
        _ => null,
    };

    private static Entity EntityOf(SearchKey key) => key.Entity switch
    {
        "metric" or "metrics" => Entity.Metric,
        "parameter" or "parameters" or "param" or "params" => Entity.Parameter,
        "tag" or "tags" => Entity.Tag,
        null or "attribute" or "attributes" or "attr" or "run" => Entity.Attribute,
        "dataset" or "datasets" => Entity.Dataset,
        _ => throw Wrong($"Invalid entity type '{key.Entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']", key.Column),
    };

    private static string UnknownAttribute(string name) =>
        $"Invalid attribute key '{name}' specified. Valid keys are 'run_id', 'run_name', 'status', 'user_id', 'artifact_uri', 'start_time', 'created', 'end_time'";

    private static void Allow(SearchClause clause, bool allowed)
    {
        if (!allowed)
        {
            throw Wrong($"Invalid comparator '{Shown(clause.Comparison)}' for '{clause.Key}'", clause.Column);
        }
    }

    private static string Shown(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "=",
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        Comparison.NotIn => "NOT IN",
        Comparison.IsNull => "IS NULL",
        Comparison.IsNotNull => "IS NOT NULL",
        _ => comparison.ToString().ToUpperInvariant(),
    };

    private static ProblemException Wrong(string message, int column) => new(SearchFaults.At(message, column));
}
