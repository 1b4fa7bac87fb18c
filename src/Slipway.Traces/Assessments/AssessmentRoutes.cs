using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;
using Slipway.Traces.Wire;

namespace Slipway.Traces.Assessments;

/// <summary><c>3.0/mlflow/traces/ID/assessments</c>: what people, code and judges say about a trace.</summary>
internal static class AssessmentRoutes
{
    private const string Root = "3.0/mlflow/traces/{trace_id}/assessments";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root, CreateAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/{assessment_id}", GetAsync).RequirePermission("traces.read");
        routes.MapMlflow("PATCH", Root + "/{assessment_id}", UpdateAsync).RequirePermission("traces.write");
        routes.MapMlflow("DELETE", Root + "/{assessment_id}", DeleteAsync).RequirePermission("traces.write");
    }

    private static async Task<Result<MlflowReply>> CreateAsync(MlflowCall call)
    {
        var (traceId, given) = (call.Path("trace_id"), call.Fields.Object("assessment"));
        if (given is null)
        {
            call.Fields.RejectMissing("assessment");
        }

        var read = given is null ? new Assessment() : AssessmentWire.Read(given, traceId, Now(call));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var assessment = read with { Id = read.Id.Length > 0 ? read.Id : NewIds.Assessment(), Valid = true };
        return (await call.Service<IDatabase>().WriteAsync<Assessment>(
            async (session, _) =>
            {
                if (await TraceStore.FindRowAsync(session, call.Namespace, traceId) is null)
                {
                    return TraceRoutes.NoTrace(traceId);
                }

                // Another opinion takes the place of the one before, which stays to be seen.
                if (assessment.Overrides is { } overridden && !await AssessmentStore.SetValidAsync(session, call.Namespace, traceId, overridden, valid: false))
                {
                    return NoAssessment(traceId, overridden);
                }

                await AssessmentStore.PutAsync(session, call.Namespace, assessment);
                return assessment;
            },
            call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call) =>
        (await call.Service<IDatabase>().ReadAsync((session, _) => FindAsync(session, call), call.Cancellation)).Select(Reply);

    private static async Task<Result<MlflowReply>> UpdateAsync(MlflowCall call)
    {
        var (given, paths) = (call.Fields.Object("assessment"), MaskOf(call.Fields));
        if (given is null)
        {
            call.Fields.RejectMissing("assessment");
        }

        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (paths.Contains("expectation") && paths.Contains("feedback"))
        {
            return Problem.Invalid("Cannot specify both `expectation` and `feedback` parameters.");
        }

        return (await call.Service<IDatabase>().WriteAsync<Assessment>(
            async (session, _) =>
            {
                if (!(await FindAsync(session, call)).TryGet(out var before, out var problem) || !Change(before, given!, paths).TryGet(out var changed, out problem))
                {
                    return problem;
                }

                changed = changed with { Updated = Math.Max(Now(call), before.Updated) };
                await AssessmentStore.PutAsync(session, call.Namespace, changed);
                return changed;
            },
            call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call) =>
        (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                // What is not there is deleted; and what this one overrode counts again.
                if (await AssessmentStore.FindAsync(session, call.Namespace, call.Path("trace_id"), call.Path("assessment_id")) is { } going)
                {
                    if (going.Overrides is { } overridden)
                    {
                        await AssessmentStore.SetValidAsync(session, call.Namespace, going.TraceId, overridden, valid: true);
                    }

                    await AssessmentStore.DeleteAsync(session, call.Namespace, going.TraceId, going.Id);
                }

                return Result.Ok;
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);

    private static Result<Assessment> Change(Assessment before, MlflowFields given, IReadOnlyList<string> paths)
    {
        var changed = before;
        foreach (var path in paths)
        {
            switch (path)
            {
                case "assessment_name":
                    changed = changed with { Name = given.Required("assessment_name") };
                    break;
                case "rationale":
                    changed = changed with { Rationale = given.Text("rationale") };
                    break;
                case "valid":
                    changed = changed with { Valid = given.Flag("valid") ?? changed.Valid };
                    break;
                case "metadata":
                    changed = changed with { Metadata = Merged(before.Metadata, given.Map("metadata")) };
                    break;
                case "expectation" when before.Kind != TraceKeys.Expectation:
                    return Problem.Invalid("Cannot update expectation value on a Feedback assessment.");
                case "feedback" when before.Kind != TraceKeys.Feedback:
                    return Problem.Invalid("Cannot update feedback value on an Expectation assessment.");
                case "expectation" when given.Object("expectation") is { } expectation:
                    changed = changed with { Value = AssessmentWire.Expected(expectation) };
                    break;
                case "feedback" when given.Object("feedback") is { } feedback:
                    changed = changed with { Value = AssessmentWire.Json(feedback, "value") ?? "null", Error = AssessmentWire.Error(feedback) };
                    break;
                default:
                    return Problem.Invalid($"update_mask names '{path}', which cannot be changed: name assessment_name, expectation, feedback, rationale, metadata or valid, and send it");
            }
        }

        return given.Problem is { } bad ? bad : changed;
    }

    private static string Merged(string before, IReadOnlyDictionary<string, string> changes)
    {
        var metadata = JsonText.Parse(before) as JsonObject ?? [];
        foreach (var (key, value) in changes)
        {
            metadata[key] = value;
        }

        return JsonText.Of(metadata);
    }

    // A field mask is one text with commas in protocol buffers' JSON, its names in camelCase; some clients send {"paths": [..]}.
    private static IReadOnlyList<string> MaskOf(MlflowFields fields)
    {
        if (fields.Json("update_mask") is { ValueKind: System.Text.Json.JsonValueKind.Object })
        {
            return fields.Object("update_mask")!.Texts("paths");
        }

        return [.. fields.Required("update_mask").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(p => p == "assessmentName" ? "assessment_name" : p)];
    }

    private static async Task<Result<Assessment>> FindAsync(IReadSession session, MlflowCall call)
    {
        var (traceId, id) = (call.Path("trace_id"), call.Path("assessment_id"));
        return await AssessmentStore.FindAsync(session, call.Namespace, traceId, id) is { } found ? found
            : await TraceStore.FindRowAsync(session, call.Namespace, traceId) is null ? new Problem(ProblemCode.NotFound, $"Trace with request_id '{traceId}' not found")
            : NoAssessment(traceId, id);
    }

    private static Problem NoAssessment(string traceId, string id) => new(ProblemCode.NotFound, $"Assessment with ID '{id}' not found for trace '{traceId}'");

    private static long Now(MlflowCall call) => call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();

    private static MlflowReply Reply(Assessment assessment) => MlflowReply.Object(writer =>
    {
        writer.WriteStartObject("assessment");
        AssessmentWire.Write(writer, assessment);
        writer.WriteEndObject();
    });
}
