using System.Globalization;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

/// <summary>A weakness of an application that several traces show. Root causes and categories are JSON lists.</summary>
internal sealed record IssueRow
{
    public string Id { get; init; } = "";

    public string ExperimentId { get; init; } = "";

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public string Status { get; init; } = "pending";

    public string? Severity { get; init; }

    public string RootCauses { get; init; } = "[]";

    public string Categories { get; init; } = "[]";

    public string? SourceRunId { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    public string? CreatedBy { get; init; }

    public long TraceCount { get; init; }
}

internal static class IssueStore
{
    private const string Columns = "id, experiment_id, name, description, status, severity, root_causes, categories, source_run_id, created, updated, created_by";

    private const string Put =
        """
        INSERT INTO traces_issues
            (namespace, id, experiment_id, name, description, status, severity, root_causes, categories, source_run_id, created, updated, created_by)
        VALUES (@ns, @Id, @ExperimentId, @Name, @Description, @Status, @Severity, @RootCauses, @Categories, @SourceRunId, @Created, @Updated, @CreatedBy)
        ON CONFLICT (namespace, id) DO UPDATE SET
            name = excluded.name, description = excluded.description, status = excluded.status, severity = excluded.severity, updated = excluded.updated
        """;

    private const string SelectOne = $"SELECT {Columns} FROM traces_issues WHERE namespace = @ns AND id = @id";

    public static Task PutAsync(IWriteSession session, string ns, IssueRow i) => session.ExecuteAsync(
        Put,
        new
        {
            ns, i.Id, i.ExperimentId, i.Name, i.Description, i.Status, i.Severity, i.RootCauses, i.Categories, i.SourceRunId, i.Created, i.Updated, i.CreatedBy,
        });

    public static Task<IssueRow?> FindAsync(IReadSession session, string ns, string id) => session.QuerySingleOrDefaultAsync<IssueRow>(SelectOne, new { ns, id });

    /// <summary>The gravest first, then (when counted) those that most traces show, then the newest.</summary>
    public static Task<IReadOnlyList<IssueRow>> SearchAsync(
        IReadSession session, string ns, string? experiment, SearchNode? filter, bool count, long offset, int limit)
    {
        var sql = new SearchSql(session.Dialect);
        var counted = count
            ? $", (SELECT COUNT(DISTINCT a.trace_id) FROM traces_assessments a WHERE a.namespace = {sql.Add(ns)} AND a.kind = {sql.Add(TraceKeys.Issue)} AND a.name = i.id) AS trace_count"
            : "";
        var condition = Condition(sql, filter);
        var of = experiment is null ? "1 = 1" : $"i.experiment_id = {sql.Add(experiment)}";
        return session.QueryAsync<IssueRow>(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                SELECT {Columns}{counted} FROM traces_issues i WHERE i.namespace = {sql.Add(ns)} AND {condition} AND {of}
                ORDER BY CASE i.severity WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 WHEN 'not_an_issue' THEN 0 ELSE -1 END DESC,
                    {(count ? "trace_count DESC, " : "")}i.created DESC, i.id DESC LIMIT {limit} OFFSET {offset}
                """),
            sql.Parameters);
    }

    private static string Condition(SearchSql sql, SearchNode? node) => node switch
    {
        null => "1 = 1",
        AllOf all => "(" + string.Join(" AND ", all.Nodes.Select(n => Condition(sql, n))) + ")",
        AnyOf any => "(" + string.Join(" OR ", any.Nodes.Select(n => Condition(sql, n))) + ")",
        SearchClause clause => sql.Text(clause.Key.Name == "status" ? "i.status" : "i.source_run_id", clause.Comparison, clause.Value),
        _ => throw new InvalidOperationException($"No SQL for {node}."),
    };
}
