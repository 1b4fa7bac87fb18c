using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Secrets;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>PATCH webhooks/{webhook_id}</c>: what is given changes; an empty text is "not given", as MLflow has it.</summary>
internal static class UpdateWebhook
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Path("webhook_id");
        var (name, url, events) = (Given(call, "name"), Given(call, "url"), HookWire.Events(call.Fields));
        var (description, secret, status) = (Given(call, "description"), Given(call, "secret"), call.Fields.Choice("status", HookWire.Statuses));
        var bad = call.Fields.Problem
            ?? (name is null ? null : HookRules.Name(name))
            ?? (url is null ? null : HookRules.Url(url, call.Service<RegistryOptions>().Schemes))
            ?? CreateWebhook.Texts(description, secret);
        if (bad is not null)
        {
            return bad;
        }

        var now = call.Service<TimeProvider>().GetUtcNow();
        return await call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) =>
            {
                if (await HookStore.FindAsync(session, call.Namespace, id) is not { } hook)
                {
                    return HookWire.NoHook(id);
                }

                // Clients tell a change by the millisecond.
                var earliest = hook.Updated.AddMilliseconds(1);
                hook = hook with
                {
                    Name = name ?? hook.Name, Url = url ?? hook.Url, Description = description ?? hook.Description, Status = status ?? hook.Status,
                    Events = events is null ? hook.Events : CreateWebhook.EventsJson(events), Updated = now > earliest ? now : earliest,
                };
                hook = secret is null ? hook : CreateWebhook.Sealed(hook, secret, call.Service<SecretBox>());
                await HookStore.UpdateAsync(session, hook);
                return HookWire.Reply(hook);
            },
            call.Cancellation);
    }

    private static string? Given(MlflowCall call, string field) => call.Fields.Text(field) is { Length: > 0 } text ? text : null;
}
