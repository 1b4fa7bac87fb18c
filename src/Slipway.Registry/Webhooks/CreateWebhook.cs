using System.Text.Json;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Secrets;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>POST webhooks</c>: whom to tell of what.</summary>
internal static class CreateWebhook
{
    private const int LongestText = 10_000;
    private const int LongestSecret = 1_000;

    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, url, events) = (call.Fields.Required("name"), call.Fields.Required("url"), HookWire.Events(call.Fields));
        var (description, secret, status) = (call.Fields.Text("description"), call.Fields.Text("secret"), call.Fields.Choice("status", HookWire.Statuses));
        if (events is null && call.Fields.Problem is null)
        {
            call.Fields.RejectMissing("events");
        }

        if ((call.Fields.Problem ?? HookRules.Name(name) ?? HookRules.Url(url, call.Service<RegistryOptions>().Schemes) ?? Texts(description, secret)) is { } bad)
        {
            return bad;
        }

        var now = Micros.ToTime(Micros.Of(call.Service<TimeProvider>().GetUtcNow()));
        var hook = new HookRow
        {
            Namespace = call.Namespace, Id = Guid.NewGuid().ToString(), Name = name, Url = url, Description = description ?? "", Status = status ?? "ACTIVE",
            Events = EventsJson(events!), Created = now, Updated = now,
        };
        hook = Sealed(hook, secret ?? "", call.Service<SecretBox>());
        return await call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) =>
            {
                await HookStore.AddAsync(session, hook);
                return HookWire.Reply(hook);
            },
            call.Cancellation);
    }

    public static HookRow Sealed(HookRow hook, string secret, SecretBox box) => hook with { Secret = secret.Length == 0 ? "" : box.Seal(hook.Purpose, secret), Sealed = true };

    public static string EventsJson(IReadOnlyList<string> events) => JsonSerializer.Serialize(events, RegistryJson.Default.IReadOnlyListString);

    public static Problem? Texts(string? description, string? secret) =>
        (Domain.Texts.Check("description", description ?? "", LongestText) ?? Domain.Texts.Check("secret", secret ?? "", LongestSecret)) is { } fault ? Problem.Invalid([fault]) : null;
}
