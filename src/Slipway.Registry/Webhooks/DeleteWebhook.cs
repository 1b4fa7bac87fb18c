using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>DELETE webhooks/{webhook_id}</c>: the webhook and what was still to be sent to it.</summary>
internal static class DeleteWebhook
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Path("webhook_id");
        return await call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) => await HookStore.DeleteAsync(session, call.Namespace, id) ? MlflowReply.Empty : HookWire.NoHook(id), call.Cancellation);
    }
}
