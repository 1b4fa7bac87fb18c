using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/log-model</c> {run_id, model_json}: adds the model to the history that MLflow 2 kept in a tag.</summary>
internal static class LogModel
{
    private const string HistoryTag = "mlflow.log-model.history";

    private static readonly string[] Mandatory = ["artifact_path", "flavors", "utc_time_created", "run_id"];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/log-model", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, text) = (call.Fields.RequiredRunId(), call.Fields.Required("model_json"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!Parse(text).TryGet(out var model, out var malformed))
        {
            return malformed;
        }

        var logged = await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveRunAsync(session, call.Namespace, id)).TryGet(out var run, out var problem))
                {
                    return problem;
                }

                // Whoever set the tag by hand may have put anything there; then the history begins anew.
                var before = await ValueStore.FindTagAsync(session, run.Number, HistoryTag);
                var history = before is not null && Parse(before, array: true).TryGet(out var known, out var _) ? (JsonArray)known : [];
                history.Add(model.DeepClone());
                await ValueStore.SetTagsAsync(session, run.Number, [new(HistoryTag, history.ToJsonString())]);
                return default(Unit);
            },
            call.Cancellation);
        return logged.Select(_ => MlflowReply.Empty);
    }

    private static Result<JsonNode> Parse(string text, bool array = false)
    {
        try
        {
            var node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (array)
            {
                return node is JsonArray ? node : Problem.Invalid("not a list");
            }

            if (node is not JsonObject model)
            {
                return Problem.Invalid($"Malformed model info. \n {text} \n is not a valid JSON.");
            }

            var missing = Mandatory.Where(m => !model.ContainsKey(m)).Select(m => $"'{m}'").ToArray();
            return missing.Length == 0 ? model : Problem.Invalid($"Model json is missing mandatory fields: {{{string.Join(", ", missing)}}}");
        }
        catch (JsonException)
        {
            return Problem.Invalid($"Malformed model info. \n {text} \n is not a valid JSON.");
        }
    }
}
