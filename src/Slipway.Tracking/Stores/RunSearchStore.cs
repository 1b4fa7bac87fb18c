using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Tracking.Stores;

/// <summary>A search over the runs of some experiments, parsed and checked.</summary>
/// <param name="Lifecycle">Null for both.</param>
internal sealed record RunQuery(long[] Experiments, string? Lifecycle, SearchNode? Filter, IReadOnlyList<OrderTerm> Order);

/// <summary>Where a search stands when it sorts by a metric: which of the parts (values, NaN, missing) and how far into it.</summary>
internal readonly record struct SearchPlace(int Part, long Offset)
{
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Part}.{Offset}");

    /// <summary>The start when there is no text, or none of ours.</summary>
    public static SearchPlace Read(string? text) =>
        text?.Split('.') is [var part, var offset] && int.TryParse(part, System.Globalization.NumberStyles.None, null, out var p) && p <= 2
        && long.TryParse(offset, System.Globalization.NumberStyles.None, null, out var o) ? new SearchPlace(p, o) : default;
}

/// <summary>
/// Searches over runs. When one experiment is sorted by a metric, the metric's values are read in order from their index and the search stops with the
/// page; runs whose value is NaN, and then those without one, follow as parts of their own. Everything else is one plain statement.
/// </summary>
internal static class RunSearchStore
{
    private const int Missing = 2;

    // Looking so many runs up one by one still takes less than a millisecond.
    private const int Few = 500;

    /// <summary>
    /// A comparison of the filter that few metrics pass, so that the search had better begin with those; null when there is none, or when nobody can tell
    /// because several experiments are searched.
    /// </summary>
    public static async Task<SearchClause?> RareAsync(IReadSession session, RunQuery query)
    {
        var clauses = query.Filter switch { AllOf all => all.Nodes, SearchClause one => [one], _ => Array.Empty<SearchNode>() };
        foreach (var clause in clauses.OfType<SearchClause>().Where(c => query.Experiments.Length == 1 && RunFields.IsRange(c)))
        {
            var sql = new SearchSql(session.Dialect);
            var values = RunFields.Range(sql, clause, "f", query.Experiments[0]);
            if (await session.ScanAsync($"SELECT 1 FROM tracking_metrics f WHERE {values} LIMIT {Few + 1}", sql.Parameters, _ => { }) <= Few)
            {
                return clause;
            }
        }

        return null;
    }

    /// <summary>True when the search can stand on the index of a metric's values.</summary>
    public static bool IsByMetric(RunQuery query) => query is { Experiments.Length: 1, Order: [{ Key: var first }, ..] } && RunFields.IsMetric(first);

    /// <exception cref="ProblemException">A filter or an order that cannot be.</exception>
    /// <param name="rare">What <see cref="RareAsync"/> found.</param>
    public static async Task<IReadOnlyList<RunRow>> SearchAsync(IReadSession session, RunQuery query, SearchClause? rare, long offset, int limit)
    {
        var sql = new SearchSql(session.Dialect);
        var conditions = Conditions(query, sql);
        var (joins, order) = Order(sql, query.Order, skip: 0);
        var first = "";
        if (rare is not null)
        {
            conditions.Insert(0, $"{RunFields.Range(sql, rare, "x", query.Experiments[0])} AND r.number = x.run");
            first = "tracking_metrics x CROSS JOIN ";
        }

        return await RunAsync(session, sql, $"{first}tracking_runs r LEFT JOIN tracking_experiments e ON e.number = r.experiment {joins}", conditions, order, offset, limit);
    }

    /// <summary>A page of a search by metric, from <paramref name="place"/>; beside each run the place after it.</summary>
    /// <exception cref="ProblemException">A filter or an order that cannot be.</exception>
    public static async Task<IReadOnlyList<(RunRow Run, SearchPlace After)>> SearchByMetricAsync(IReadSession session, RunQuery query, SearchPlace place, int limit)
    {
        var runs = new List<(RunRow Run, SearchPlace After)>();
        for (; place.Part <= Missing && runs.Count < limit; place = new SearchPlace(place.Part + 1, 0))
        {
            var start = place;
            var found = await PartAsync(session, query, start, limit - runs.Count);
            runs.AddRange(found.Select((run, i) => (run, start with { Offset = start.Offset + i + 1 })));
        }

        return runs;
    }

    private static Task<IReadOnlyList<RunRow>> PartAsync(IReadSession session, RunQuery query, SearchPlace place, int limit)
    {
        var sql = new SearchSql(session.Dialect);
        var first = query.Order[0];
        var key = sql.Add(first.Key.Name);
        var (joins, rest) = Order(sql, query.Order, skip: 1);
        var conditions = Conditions(query, sql);
        if (place.Part == Missing)
        {
            conditions.Add($"NOT EXISTS (SELECT 1 FROM tracking_metrics o WHERE o.run = r.number AND o.key = {key})");
            return RunAsync(session, sql, $"tracking_runs r LEFT JOIN tracking_experiments e ON e.number = r.experiment {joins}", conditions, rest, place.Offset, limit);
        }

        // CROSS JOIN tells SQLite to read the metric first; to PostgreSQL it is a join like others.
        conditions.Add($"o.experiment = {sql.Add(query.Experiments[0])} AND o.key = {key} AND o.is_nan = {(place.Part == 0 ? "0" : "1")}");
        conditions.Add("r.number = o.run");
        return RunAsync(
            session, sql, $"tracking_metrics o CROSS JOIN tracking_runs r LEFT JOIN tracking_experiments e ON e.number = r.experiment {joins}",
            conditions, $"o.value {(first.Ascending ? "ASC" : "DESC")}, {rest}", place.Offset, limit);
    }

    private static Task<IReadOnlyList<RunRow>> RunAsync(
        IReadSession session, SearchSql sql, string tables, List<string> conditions, string order, long offset, int limit)
    {
        (sql.Parameters["limit"], sql.Parameters["offset"]) = ((long)limit, offset);
        return session.QueryAsync<RunRow>(
            $"SELECT {RunStore.Columns} FROM {tables} WHERE {string.Join(" AND ", conditions)} ORDER BY {order} LIMIT @limit OFFSET @offset", sql.Parameters);
    }

    private static List<string> Conditions(RunQuery query, SearchSql sql)
    {
        var conditions = new List<string>
        {
            query.Experiments.Length == 1
                ? $"r.experiment = {sql.Add(query.Experiments[0])}"
                : sql.Dialect.In("r.experiment", sql.Add(sql.Dialect.List(query.Experiments))),
        };
        if (query.Lifecycle is { } lifecycle)
        {
            conditions.Add($"r.lifecycle = {sql.Add(lifecycle)}");
        }

        if (query.Filter is { } filter)
        {
            conditions.Add(RunFields.Condition(sql, filter));
        }

        return conditions;
    }

    /// <summary>Joins for the values that runs are sorted by, and the terms of ORDER BY: what is missing comes last in both directions.</summary>
    private static (string Joins, string Terms) Order(SearchSql sql, IReadOnlyList<OrderTerm> order, int skip)
    {
        var (joins, terms, byStart) = (new List<string>(), new List<string>(), false);
        for (var i = skip; i < order.Count; i++)
        {
            var direction = order[i].Ascending ? "ASC" : "DESC";
            var (table, column, isStart) = RunFields.Sorted(order[i].Key);
            byStart |= isStart;
            if (table is null)
            {
                terms.Add(RunFields.NeverMissing(column) ? $"{column} {direction}" : $"CASE WHEN {column} IS NULL THEN 1 ELSE 0 END, {column} {direction}");
                continue;
            }

            joins.Add($"LEFT JOIN {table} o{i} ON o{i}.run = r.number AND o{i}.key = {sql.Add(order[i].Key.Name)}");
            var rank = table == "tracking_metrics" ? $"CASE WHEN o{i}.is_nan = 1 THEN 1 WHEN o{i}.value IS NULL THEN 2 ELSE 0 END" : $"CASE WHEN o{i}.value IS NULL THEN 1 ELSE 0 END";
            terms.Add($"{rank}, o{i}.value {direction}");
        }

        if (!byStart)
        {
            terms.Add("r.started DESC");
        }

        terms.Add("r.id");
        return (string.Join(' ', joins), string.Join(", ", terms));
    }
}
