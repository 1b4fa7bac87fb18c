using Slipway.Platform.Database;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Discovery;

/// <summary>The catalog's search. Prompts are no models and are left out.</summary>
internal static class CatalogStore
{
    private const string Fact = "EXISTS (SELECT 1 FROM registry_version_facts t WHERE t.namespace = v.namespace AND t.model = v.model AND t.version = v.version AND t.kind = ";

    private const string NoPrompts =
        "v.model NOT IN (SELECT t.model FROM registry_model_tags t WHERE t.namespace = @ns AND t.key = 'mlflow.prompt.is_prompt' AND t.value = 'true') AND v.archived = 0";

    private const string InText =
        """
        (lower(v.model) LIKE @text ESCAPE '\' OR lower(v.description) LIKE @text ESCAPE '\'
        OR EXISTS (SELECT 1 FROM registry_models m WHERE m.namespace = v.namespace AND m.name = v.model AND lower(m.description) LIKE @text ESCAPE '\')
        OR EXISTS (SELECT 1 FROM registry_version_facts t WHERE t.namespace = v.namespace AND t.model = v.model AND t.version = v.version AND t.kind = 'tag'
            AND lower(t.text) LIKE @text ESCAPE '\'))
        """;

    private const string ByOwner =
        "(v.author = @owner OR EXISTS (SELECT 1 FROM registry_models m WHERE m.namespace = v.namespace AND m.name = v.model AND m.owner = @owner))";

    private const string ByAlias =
        """
        EXISTS (SELECT 1 FROM registry_aliases a JOIN registry_alias_history h ON h.namespace = a.namespace AND h.model = a.model AND h.sequence = a.sequence
            WHERE a.namespace = v.namespace AND a.model = v.model AND a.alias = @alias AND h.version = v.version)
        """;

    /// <summary>Last changed first; one more than asked for tells that there are more.</summary>
    public static Task<IReadOnlyList<VersionRow>> SearchAsync(IReadSession session, string ns, CatalogQuery query)
    {
        var (conditions, parameters) = (new List<string> { NoPrompts }, new Dictionary<string, object?>(StringComparer.Ordinal));
        string Add(object value)
        {
            var name = $"q{parameters.Count}";
            parameters[name] = value;
            return "@" + name;
        }

        if (query.Text is { } text)
        {
            parameters["text"] = $"%{Escaped(text.ToLowerInvariant())}%";
            conditions.Add(InText);
        }

        if (query.Owner is { } owner)
        {
            parameters["owner"] = owner;
            conditions.Add(ByOwner);
        }

        if (query.Alias is { } alias)
        {
            parameters["alias"] = alias;
            conditions.Add(ByAlias);
        }

        if (query.Stage is { } stage)
        {
            conditions.Add($"v.stage = {Add(stage)}");
        }

        conditions.AddRange(query.Tags.Select(t => $"{Fact}'tag' AND t.key = {Add(t.Key)}{(t.Value is null ? "" : $" AND t.text = {Add(t.Value)}")})"));
        conditions.AddRange(query.Facts.Select(f => $"{Fact}{Add(f.Kind)} AND t.key = {Add(f.Key)})"));
        conditions.AddRange(query.Types.Select(f => $"{Fact}{Add(f.Kind)} AND t.text = {Add(f.Datatype)})"));

        // The operators come from a closed list.
        conditions.AddRange(query.Metrics.Select(m => $"{Fact}'metric' AND t.key = {Add(m.Name)} AND t.number {m.Operator} {Add(m.Value)})"));
        return RegistryStore.SearchVersionsAsync(
            session, ns, string.Join(" AND ", conditions), "v.updated DESC, v.model, v.version DESC", parameters, query.Limit + 1, query.Offset);
    }

    private static string Escaped(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
