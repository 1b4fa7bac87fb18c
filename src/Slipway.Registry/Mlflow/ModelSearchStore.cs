using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Comparison = Slipway.Platform.Http.Mlflow.Search.Comparison;

namespace Slipway.Registry.Mlflow;

/// <summary>
/// MLflow's two searches in SQL. Prompts are left out unless the filter asks for them: <c>tags.`mlflow.prompt.is_prompt` = 'true'</c>. A condition on a tag that
/// is not there never holds, not even <c>!=</c>.
/// </summary>
internal sealed class ModelSearchStore
{
    private const string PromptModels = "SELECT t.model FROM registry_model_tags t WHERE t.namespace = @ns AND t.key = 'mlflow.prompt.is_prompt' AND t.value = 'true'";

    private const string PromptVersions =
        "SELECT t.model FROM registry_version_facts t WHERE t.namespace = @ns AND t.kind = 'tag' AND t.key = 'mlflow.prompt.is_prompt' AND t.text = 'true'";

    private const string OfModel = "(SELECT 1 FROM registry_model_tags t WHERE t.namespace = m.namespace AND t.model = m.name AND t.key = ";

    private const string OfVersion =
        "(SELECT 1 FROM registry_version_facts t WHERE t.namespace = v.namespace AND t.model = v.model AND t.version = v.version AND t.kind = 'tag' AND t.key = ";

    private static readonly Dictionary<string, string> ModelOrders = new(StringComparer.Ordinal)
    {
        ["name"] = "m.name", ["timestamp"] = "m.updated", ["last_updated_timestamp"] = "m.updated",
    };

    private static readonly Dictionary<string, string> VersionOrders = new(StringComparer.Ordinal)
    {
        ["name"] = "v.model", ["version_number"] = "v.version", ["creation_timestamp"] = "v.created", ["last_updated_timestamp"] = "v.updated",
    };

    private static readonly Dictionary<string, string> VersionColumns = new(StringComparer.Ordinal)
    {
        ["name"] = "v.model", ["run_id"] = "v.run_id", ["source_path"] = "v.source",
    };

    private readonly SearchSql _sql;
    private readonly bool _versions;
    private readonly bool _prompts;

    private ModelSearchStore(Dialect dialect, SearchNode? filter, bool versions) =>
        (_sql, _versions, _prompts) = (new SearchSql(dialect), versions, AsksForPrompts(filter));

    /// <exception cref="ProblemException">The filter or the order means nothing here.</exception>
    public static Task<IReadOnlyList<ModelRow>> ModelsAsync(
        IReadSession session, string ns, SearchNode? filter, IReadOnlyList<OrderTerm> order, int limit, long offset)
    {
        var search = new ModelSearchStore(session.Dialect, filter, versions: false);
        return RegistryStore.SearchModelsAsync(
            session, ns, search.Condition(filter, PromptModels, "m.name"), Order(order, ModelOrders, [("m.name", true)], []), search._sql.Parameters, limit, offset);
    }

    /// <inheritdoc cref="ModelsAsync"/>
    public static Task<IReadOnlyList<VersionRow>> VersionsAsync(
        IReadSession session, string ns, SearchNode? filter, IReadOnlyList<OrderTerm> order, int limit, long offset)
    {
        var search = new ModelSearchStore(session.Dialect, filter, versions: true);
        return RegistryStore.SearchVersionsAsync(
            session, ns, search.Condition(filter, PromptVersions, "v.model"), Order(order, VersionOrders, [("v.model", true), ("v.version", false)], [("v.updated", false)]),
            search._sql.Parameters, limit, offset);
    }

    private string Condition(SearchNode? filter, string promptModels, string model)
    {
        var condition = filter is null ? "1 = 1" : Node(filter);
        return _prompts ? condition : $"({condition}) AND {model} NOT IN ({promptModels})";
    }

    private string Node(SearchNode node) => node switch
    {
        AllOf all => $"({string.Join(" AND ", all.Nodes.Select(Node))})",
        AnyOf any => $"({string.Join(" OR ", any.Nodes.Select(Node))})",
        SearchClause clause => Clause(clause),
        _ => throw new InvalidOperationException($"No condition for {node}"),
    };

    private string Clause(SearchClause clause)
    {
        switch (clause.Key.Entity)
        {
            case null or "attribute":
                return Attribute(clause);
            case "tag" or "tags":
                return Tag(clause);
            default:
                throw Wrong(clause, $"Invalid entity type '{clause.Key.Entity}'. Valid entity types are ('attribute', 'tag', 'tags')");
        }
    }

    private string Attribute(SearchClause clause)
    {
        var key = clause.Key.Name;
        if (_versions && key == "version_number")
        {
            return Number(clause);
        }

        var column = _versions ? VersionColumns.GetValueOrDefault(key) : key == "name" ? "m.name" : null;
        if (column is null)
        {
            var known = _versions ? "name, run_id, source_path, version_number" : "name";
            throw Wrong(clause, $"Invalid attribute key '{Names.Shown(key)}' specified. Valid keys are '{{{known}}}'");
        }

        if (clause.Comparison is Comparison.In or Comparison.NotIn)
        {
            return key == "run_id" && clause.Comparison == Comparison.In
                ? _sql.Text(column, clause.Comparison, clause.Value)
                : throw Wrong(
                    clause, key == "run_id" ? "Invalid comparator for attribute: NOT IN" : "Only the 'run_id' attribute supports comparison with a list of quoted string values.");
        }

        if (!Compares(clause.Comparison))
        {
            throw Wrong(clause, $"Invalid comparator for attribute: {Written(clause.Comparison)}");
        }

        if (clause.Value.Kind != SearchValueKind.Text)
        {
            throw Wrong(clause, clause.Value.Kind == SearchValueKind.Number && _versions
                ? "Only the '{'version_number'}' attributes support comparison with numeric values."
                : $"Expected a quoted string value or a list of quoted string values for attributes. Got value {clause.Value.Written}");
        }

        return _sql.Text(column, clause.Comparison, clause.Value);
    }

    private string Number(SearchClause clause)
    {
        if (!SearchSql.IsOrdering(clause.Comparison))
        {
            throw Wrong(clause, $"Invalid comparator for attribute {clause.Key.Name}: {Written(clause.Comparison)}");
        }

        var number = clause.Value.Kind == SearchValueKind.Number ? clause.Value.Number
            : double.TryParse(clause.Value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed
            : throw Wrong(clause, $"Expected a number for attribute {clause.Key.Name}. Got value {clause.Value.Written}");
        return _sql.Number("v.version", clause.Comparison, number);
    }

    private string Tag(SearchClause clause)
    {
        // Whether prompts are wanted was decided for the whole search.
        if (!_prompts && clause.Key.Name == MlflowRules.IsPromptTag)
        {
            return "1 = 1";
        }

        var tag = (_versions ? OfVersion : OfModel) + _sql.Add(clause.Key.Name);
        if (clause.Comparison is Comparison.IsNull or Comparison.IsNotNull)
        {
            return $"{(clause.Comparison == Comparison.IsNull ? "NOT " : "")}EXISTS {tag})";
        }

        if (!Compares(clause.Comparison))
        {
            throw Wrong(clause, $"Invalid comparator for tag: {Written(clause.Comparison)}");
        }

        return clause.Value.Kind == SearchValueKind.Text
            ? $"EXISTS {tag} AND {_sql.Text(_versions ? "t.text" : "t.value", clause.Comparison, clause.Value)})"
            : throw Wrong(clause, $"Expected a quoted string value for tag (e.g. 'my-value'). Got value {clause.Value.Written}");
    }

    private static string Order(
        IReadOnlyList<OrderTerm> order, Dictionary<string, string> columns, (string Column, bool Ascending)[] last, (string Column, bool Ascending)[] unasked)
    {
        var terms = new List<(string Column, bool Ascending)>();
        foreach (var term in order)
        {
            if (term.Key.Entity is not (null or "attribute" or "attributes") || !columns.TryGetValue(term.Key.Name, out var column))
            {
                throw new ProblemException(Problem.Invalid(
                    $"Invalid attribute key '{Names.Shown(term.Key.ToString())}' specified. Invalid order by key '{Names.Shown(term.Key.ToString())}' specified. Valid keys are '{{{string.Join(", ", columns.Keys)}}}'"));
            }

            if (terms.Any(t => t.Column == column))
            {
                throw new ProblemException(Problem.Invalid($"`order_by` contains duplicate fields: {term.Key}"));
            }

            terms.Add((column, term.Ascending));
        }

        var all = (terms.Count == 0 ? unasked : [.. terms]).Concat(last).DistinctBy(t => t.Column);
        return string.Join(", ", all.Select(t => t.Column + (t.Ascending ? " ASC" : " DESC")));
    }

    private static bool AsksForPrompts(SearchNode? filter) =>
        SearchFilter.ClausesOf(filter).FirstOrDefault(c => c.Key is { Entity: "tag" or "tags", Name: MlflowRules.IsPromptTag }) is { } clause
        && ((clause.Comparison == Comparison.Equal && clause.Value.Text.Equals("true", StringComparison.OrdinalIgnoreCase))
            || (clause.Comparison == Comparison.NotEqual && clause.Value.Text.Equals("false", StringComparison.OrdinalIgnoreCase)));

    private static bool Compares(Comparison comparison) => comparison is Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike;

    private static string Written(Comparison comparison) => comparison switch
    {
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        Comparison.Equal => "=",
        Comparison.NotEqual => "!=",
        Comparison.IsNull => "IS NULL",
        Comparison.IsNotNull => "IS NOT NULL",
        Comparison.In => "IN",
        Comparison.NotIn => "NOT IN",
        Comparison.Like => "LIKE",
        Comparison.ILike => "ILIKE",
        _ => "RLIKE",
    };

    private static ProblemException Wrong(SearchClause clause, string message) =>
        new(Problem.Invalid(string.Create(CultureInfo.InvariantCulture, $"{message} (at column {clause.Column})")));
}
