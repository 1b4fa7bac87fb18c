using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Models;

/// <summary>What the logged models' operations have in common.</summary>
internal static class ModelCalls
{
    public const string Route = "2.0/mlflow/logged-models";

    /// <summary>As MLflow numbers them, from 0.</summary>
    public static readonly string[] Statuses =
        ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

    public static long Now(this MlflowCall call) => Micros.Of(call.Service<TimeProvider>().GetUtcNow());

    public static KeyValuePair<string, string>[] Pairs(this MlflowFields fields, string field) =>
        [.. fields.Objects(field).Select(t => new KeyValuePair<string, string>(t.Required("key"), t.Text("value") ?? ""))];

    public static Problem? CheckTags(IEnumerable<KeyValuePair<string, string>> tags) =>
        tags.Select(t => MlflowNames.Length("key", 250, t.Key) ?? MlflowNames.Length("value", 100_000, t.Value)).FirstOrDefault(p => p is not null);

    public static Problem? CheckParams(IEnumerable<KeyValuePair<string, string>> values) =>
        values.Select(t => MlflowNames.Length("key", 250, t.Key) ?? MlflowNames.Length("value", 6000, t.Value)).FirstOrDefault(p => p is not null);

    /// <summary>Changes one model in one transaction.</summary>
    public static async Task<Result<MlflowReply>> ChangeAsync(this MlflowCall call, Func<IWriteSession, ModelRow, Task<Result<MlflowReply>>> change) =>
        await call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) => (await Guard.ModelAsync(session, call.Namespace, call.Path("model_id"))).TryGet(out var model, out var problem)
                ? await change(session, model)
                : problem,
            call.Cancellation);
}
