using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Issues;

/// <summary><c>3.0/mlflow/issues</c>: weaknesses that traces show. A trace shows one when it has an assessment of that name of kind issue.</summary>
internal static class IssueRoutes
{
    private const string Root = "3.0/mlflow/issues";
    private const int DefaultCount = 100;
    private const int MostCount = 50_000;

    private static readonly string[] Statuses = ["pending", "rejected", "resolved"];
    private static readonly string[] Severities = ["not_an_issue", "low", "medium", "high"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root, CreateAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/{issue_id}", GetAsync).RequirePermission("traces.read");
        routes.MapMlflow("PATCH", Root + "/{issue_id}", UpdateAsync).RequirePermission("traces.write");
        routes.MapMlflow("POST", Root + "/search", SearchAsync).RequirePermission("traces.read");
    }

    private static async Task<Result<MlflowReply>> CreateAsync(MlflowCall call)
    {
        var (fields, now) = (call.Fields, Now(call));
        var issue = new IssueRow
        {
            Id = "iss-" + NewIds.Hex(),
            ExperimentId = fields.Required("experiment_id"),
            Name = fields.Required("name"),
            Description = fields.Required("description"),
            Status = OneOf(fields, "status", Statuses) ?? "pending",
            Severity = OneOf(fields, "severity", Severities),
            RootCauses = List(fields.Texts("root_causes")),
            Categories = List(fields.Texts("categories")),
            SourceRunId = Set(fields.Text("source_run_id")),
            CreatedBy = Set(fields.Text("created_by")),
            Created = now,
            Updated = now,
        };
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if ((await call.Service<TraceRecorder>().ActiveAsync(call.Namespace, issue.ExperimentId, call.Cancellation)).Problem is { } refused)
        {
            return refused;
        }

        if (issue.SourceRunId is { } run && await call.Service<IModelSources>().FindRunArtifactUriAsync(call.Namespace, run, call.Cancellation) is null)
        {
            return new Problem(ProblemCode.NotFound, $"Run with id={run} not found");
        }

        return (await call.Service<IDatabase>().WriteAsync<IssueRow>(
            async (session, _) =>
            {
                await IssueStore.PutAsync(session, call.Namespace, issue);
                return issue;
            },
            call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call)
    {
        var id = call.Path("issue_id");
        return await call.Service<IDatabase>().ReadAsync((session, _) => IssueStore.FindAsync(session, call.Namespace, id), call.Cancellation) is { } issue ? Reply(issue) : NoIssue(id);
    }

    private static async Task<Result<MlflowReply>> UpdateAsync(MlflowCall call)
    {
        var (id, fields) = (call.Path("issue_id"), call.Fields);
        var (name, description) = (Set(fields.Text("name")), Set(fields.Text("description")));
        var (status, severity) = (OneOf(fields, "status", Statuses), OneOf(fields, "severity", Severities));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        return (await call.Service<IDatabase>().WriteAsync<IssueRow>(
            async (session, _) =>
            {
                if (await IssueStore.FindAsync(session, call.Namespace, id) is not { } before)
                {
                    return NoIssue(id);
                }

                var after = before with
                {
                    Name = name ?? before.Name, Description = description ?? before.Description, Status = status ?? before.Status,
                    Severity = severity ?? before.Severity, Updated = Math.Max(Now(call), before.Updated),
                };
                await IssueStore.PutAsync(session, call.Namespace, after);
                return after;
            },
            call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> SearchAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experiment, text, count) = (Set(fields.Text("experiment_id")), fields.Text("filter_string"), fields.Flag("include_trace_count") ?? false);
        var (limit, token) = (fields.Count("max_results", DefaultCount, 1, MostCount), fields.Text("page_token"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if (!SearchFilter.Parse(text).TryGet(out var filter, out var problem) || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        if (SearchFilter.ClausesOf(filter).Select(Check).FirstOrDefault(f => f is not null) is { } fault)
        {
            return fault;
        }

        var found = await call.Service<IDatabase>().ReadAsync(
            (session, _) => IssueStore.SearchAsync(session, call.Namespace, experiment, filter, count, place.Offset, limit + 1), call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            TraceRoutes.WriteList(writer, "issues", [.. found.Take(limit)], issue => Write(writer, issue, count));

            // MLflow's server says the empty token too, and its clients look for it.
            writer.WriteString("next_page_token", found.Count > limit ? MlflowPages.Token(place.Offset + limit) : "");
        });
    }

    private static Problem? Check(SearchClause clause) =>
        clause.Key.Entity is not null || clause.Key.Name is not ("status" or "source_run_id")
            ? Problem.Invalid($"Invalid filter field '{clause.Key}'. Supported fields: {{'status', 'source_run_id'}}")
            : clause.Comparison is not (Comparison.Equal or Comparison.NotEqual) ? Problem.Invalid($"Invalid comparator '{clause.Comparison}'. Supported comparators: {{'=', '!='}}")
            : clause.Value.Kind == SearchValueKind.Text ? null : Problem.Invalid($"Expected a quoted string value for '{clause.Key}', found {clause.Value.Written}");

    private static string? OneOf(MlflowFields fields, string name, string[] valid)
    {
        if (fields.Text(name) is not { } text || valid.Contains(text))
        {
            return fields.Text(name);
        }

        fields.RejectValue(name, JsonText.OfText(text), $" It must be one of {string.Join(", ", valid)}.");
        return null;
    }

    private static string? Set(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string List(IReadOnlyList<string> texts) => JsonText.Of(new JsonArray([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]));

    private static long Now(MlflowCall call) => call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();

    private static Problem NoIssue(string id) => new(ProblemCode.NotFound, $"Issue with ID '{id}' not found");

    private static MlflowReply Reply(IssueRow issue) => MlflowReply.Object(writer =>
    {
        writer.WriteStartObject("issue");
        Write(writer, issue, counted: false);
        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, IssueRow issue, bool counted)
    {
        writer.WriteString("issue_id", issue.Id);
        writer.WriteString("experiment_id", issue.ExperimentId);
        writer.WriteString("name", issue.Name);
        writer.WriteString("description", issue.Description);
        writer.WriteString("status", issue.Status);
        writer.WriteSet("severity", issue.Severity);
        WriteList(writer, "root_causes", issue.RootCauses);
        writer.WriteSet("source_run_id", issue.SourceRunId);
        writer.WriteNumber("created_timestamp", issue.Created);
        writer.WriteNumber("last_updated_timestamp", issue.Updated);
        writer.WriteSet("created_by", issue.CreatedBy);
        WriteList(writer, "categories", issue.Categories);
        writer.WriteSet("trace_count", counted ? issue.TraceCount : null);
    }

    private static void WriteList(Utf8JsonWriter writer, string name, string json)
    {
        if (json != "[]")
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }
}
