using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

/// <summary>Searches of traces: the filter becomes one condition on <c>traces_infos t</c>, so AND, OR and parentheses mean what they say.</summary>
internal static class TraceSearchStore
{
    private static readonly string[] Columns = ["request_id", "timestamp", "timestamp_ms", "execution_time", "execution_time_ms", "end_time", "end_time_ms", "status", "client_request_id"];

    /// <summary>The ids of a page of traces of these experiments, newest first unless <paramref name="order"/> says otherwise.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(
        IReadSession session, string ns, IReadOnlyList<string> experiments, SearchNode? filter, IReadOnlyList<OrderTerm> order, long offset, int limit)
    {
        var sql = new SearchSql(session.Dialect);
        var condition = Condition(sql, ns, filter);
        var by = order.Select(term => OrderBy(sql, ns, term)).ToList();
        if (!order.Any(o => ColumnOf(o.Key.Name) == "t.request_time"))
        {
            by.Add("t.request_time DESC");
        }

        by.Add("t.id");
        var text =
            $"SELECT t.id FROM traces_infos t WHERE t.namespace = {sql.Add(ns)} AND {condition} AND t.experiment_id IN {sql.Add(experiments.ToArray())} "
            + string.Create(CultureInfo.InvariantCulture, $"ORDER BY {string.Join(", ", by)} LIMIT {limit} OFFSET {offset}");
        return experiments.Count == 0 ? [] : await session.QueryAsync<string>(text, sql.Parameters);
    }

    /// <summary>How many traces of the experiments fulfil a condition.</summary>
    public static async Task<long> CountAsync(IReadSession session, string ns, IReadOnlyList<string> experiments, params IReadOnlyList<SearchNode?> all)
    {
        var sql = new SearchSql(session.Dialect);
        var conditions = string.Join(" AND ", all.Select(node => Condition(sql, ns, node)));
        var text = $"SELECT COUNT(*) FROM traces_infos t WHERE t.namespace = {sql.Add(ns)} AND {conditions} AND t.experiment_id IN {sql.Add(experiments.ToArray())}";
        return experiments.Count == 0 ? 0 : await session.QuerySingleOrDefaultAsync<long>(text, sql.Parameters);
    }

    /// <summary>SQL for a filter that <see cref="TraceFilter"/> has checked.</summary>
    public static string Condition(SearchSql sql, string ns, SearchNode? node) => node switch
    {
        null => "1 = 1",
        AllOf all => "(" + string.Join(" AND ", All(sql, ns, all.Nodes)) + ")",
        AnyOf any => "(" + string.Join(" OR ", any.Nodes.Select(n => Condition(sql, ns, n))) + ")",
        SearchClause clause => Clause(sql, ns, clause),
        _ => throw new InvalidOperationException($"No SQL for {node}."),
    };

    private static string Clause(SearchSql sql, string ns, SearchClause clause)
    {
        var (comparison, value) = (clause.Comparison, clause.Value);
        switch (TraceFilter.FieldOf(clause.Key))
        {
            case (TraceEntity.Number, var name):
                return sql.Number(ColumnOf(name)!, comparison, value.Number);
            case (TraceEntity.Text, var name):
                return sql.Text(ColumnOf(name)!, comparison, value);
            case (TraceEntity.Metadata, TraceKeys.SourceRun) when comparison == Comparison.Equal:
                return $"({Pair(sql, ns, "traces_metadata", TraceKeys.SourceRun, comparison, value)} OR {Linked(sql, ns, "run", value.Text)})";
            case (TraceEntity.Metadata, var key):
                return Pair(sql, ns, "traces_metadata", key, comparison, value);
            case (TraceEntity.Tag, var key):
                return Pair(sql, ns, "traces_tags", key, comparison, value);
            case (TraceEntity.Prompt, _):
                return Linked(sql, ns, "prompt", value.Text);
            case (TraceEntity.Span or TraceEntity.SpanAttribute, _):
                return OneSpan(sql, ns, [clause]);
            case (TraceEntity.Issue, _):
                return $"EXISTS (SELECT 1 FROM traces_assessments a WHERE a.namespace = {sql.Add(ns)} AND a.trace_id = t.id AND a.kind = {sql.Add(TraceKeys.Issue)} AND {sql.Text("a.name", comparison, value)})";
            case (var entity, var name):
                var kind = entity == TraceEntity.Feedback ? TraceKeys.Feedback : TraceKeys.Expectation;
                return Assessed(sql, ns, kind, name, comparison, value);
        }
    }

    // Clauses on spans that stand together speak of one span: the trace whose span is called a and failed, not one that has both somewhere.
    private static IEnumerable<string> All(SearchSql sql, string ns, IReadOnlyList<SearchNode> nodes)
    {
        SearchClause[] ofSpans = [.. nodes.OfType<SearchClause>().Where(c => TraceFilter.FieldOf(c.Key).Entity is TraceEntity.Span or TraceEntity.SpanAttribute)];
        var others = nodes.Except(ofSpans).Select(n => Condition(sql, ns, n));
        return ofSpans.Length == 0 ? others : others.Append(OneSpan(sql, ns, ofSpans));
    }

    private static string OneSpan(SearchSql sql, string ns, IReadOnlyList<SearchClause> clauses)
    {
        var conditions = clauses.Select(clause => TraceFilter.FieldOf(clause.Key) switch
        {
            (TraceEntity.SpanAttribute, var key) =>
                $"EXISTS (SELECT 1 FROM traces_span_attributes x WHERE x.namespace = s.namespace AND x.trace_id = s.trace_id AND x.span_id = s.span_id AND x.key = {sql.Add(key)} AND {sql.Text("x.value", clause.Comparison, clause.Value)})",
            (_, var column) => sql.Text("s." + column, clause.Comparison, clause.Value),
        });
        return $"EXISTS (SELECT 1 FROM traces_spans s WHERE s.namespace = {sql.Add(ns)} AND s.trace_id = t.id AND {string.Join(" AND ", conditions)})";
    }

    // What was overridden no longer counts. An assessment that names a session speaks of all traces of that session.
    private static string Assessed(SearchSql sql, string ns, string kind, string name, Comparison comparison, SearchValue value)
    {
        var wanted = $"a.valid = 1 AND a.kind = {sql.Add(kind)} AND a.name = {sql.Add(name)}";
        if (comparison is not (Comparison.IsNull or Comparison.IsNotNull))
        {
            wanted += $" AND {sql.Text("a.value_text", comparison, value)}";
        }

        var own = $"EXISTS (SELECT 1 FROM traces_assessments a WHERE a.namespace = {sql.Add(ns)} AND a.trace_id = t.id AND {wanted})";
        var ofSession =
            $"""
            EXISTS (
                SELECT 1 FROM traces_metadata mine
                JOIN traces_metadata theirs ON theirs.namespace = mine.namespace AND theirs.key = '{TraceKeys.Session}' AND theirs.value = mine.value
                JOIN traces_assessments a ON a.namespace = theirs.namespace AND a.trace_id = theirs.trace_id
                WHERE mine.namespace = {sql.Add(ns)} AND mine.trace_id = t.id AND mine.key = '{TraceKeys.Session}' AND {wanted} AND a.metadata LIKE '%"{TraceKeys.Session}":%')
            """;
        return comparison == Comparison.IsNull ? $"NOT ({own} OR {ofSession})" : $"({own} OR {ofSession})";
    }

    private static string Pair(SearchSql sql, string ns, string table, string key, Comparison comparison, SearchValue value)
    {
        var there = $"EXISTS (SELECT 1 FROM {table} p WHERE p.namespace = {sql.Add(ns)} AND p.trace_id = t.id AND p.key = {sql.Add(key)}";
        return comparison switch
        {
            Comparison.IsNull => $"NOT {there})",
            Comparison.IsNotNull => $"{there})",
            _ => $"{there} AND {sql.Text("p.value", comparison, value)})",
        };
    }

    private static string Linked(SearchSql sql, string ns, string kind, string target) =>
        $"EXISTS (SELECT 1 FROM traces_links l WHERE l.namespace = {sql.Add(ns)} AND l.kind = {sql.Add(kind)} AND l.target = {sql.Add(target)} AND l.trace_id = t.id)";

    // What a trace lacks comes last, whatever the direction.
    private static string OrderBy(SearchSql sql, string ns, OrderTerm term)
    {
        var value = TraceFilter.FieldOf(term.Key) switch
        {
            (TraceEntity.Tag, var key) => Value(sql, ns, "traces_tags", key),
            (TraceEntity.Metadata, var key) => Value(sql, ns, "traces_metadata", key),
            (_, "experiment_id") => "t.experiment_id",
            (_, var name) => ColumnOf(name)!,
        };
        return $"CASE WHEN {value} IS NULL THEN 1 ELSE 0 END, {value}{(term.Ascending ? "" : " DESC")}";
    }

    private static string Value(SearchSql sql, string ns, string table, string key) =>
        $"(SELECT p.value FROM {table} p WHERE p.namespace = {sql.Add(ns)} AND p.trace_id = t.id AND p.key = {sql.Add(key)})";

    private static string? ColumnOf(string name) => Array.IndexOf(Columns, name) switch
    {
        0 => "t.id",
        1 or 2 => "t.request_time",
        3 or 4 => "t.duration",
        5 or 6 => "(t.request_time + COALESCE(t.duration, 0))",
        7 => "t.state",
        8 => "t.client_request_id",
        _ => null,
    };
}
