using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>GET webhooks/{webhook_id}</c></summary>
internal static class GetWebhook
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Path("webhook_id");
        var hook = await FindAsync(call, id);
        return hook is null ? HookWire.NoHook(id) : HookWire.Reply(hook);
    }

    public static Task<HookRow?> FindAsync(MlflowCall call, string id) =>
        call.Service<IDatabase>().ReadAsync((session, _) => HookStore.FindAsync(session, call.Namespace, id), call.Cancellation);
}
