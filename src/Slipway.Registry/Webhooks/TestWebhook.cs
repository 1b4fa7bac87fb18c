using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>POST webhooks/{webhook_id}/test</c>: sends an example of an event at once, and tells what came back.</summary>
internal static class TestWebhook
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Path("webhook_id");
        if (await GetWebhook.FindAsync(call, id) is not { } hook)
        {
            return HookWire.NoHook(id);
        }

        var of = HookEvent.Of(hook.EventNames[0]);
        if (call.Fields.Json("event") is { ValueKind: JsonValueKind.Object } wanted && !HookWire.Event(Member(wanted, "entity"), Member(wanted, "action")).TryGet(out of, out var problem))
        {
            return problem;
        }

        var payload = Outbox.Payload(of, HookEvents.Example(of), call.Namespace, call.Service<TimeProvider>().GetUtcNow());
        var answer = await call.Service<HookClient>().SendAsync(hook, Guid.NewGuid().ToString(), payload, call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            writer.WriteStartObject("result");
            writer.WriteBoolean("success", answer.Succeeded);
            if (answer.Status is { } status)
            {
                writer.WriteNumber("response_status", status);
                writer.WriteString("response_body", answer.Text);
            }
            else
            {
                writer.WriteString("error_message", $"Failed to test webhook: {answer.Text}");
            }

            writer.WriteEndObject();
        });
    }

    private static JsonElement? Member(JsonElement value, string name) => value.TryGetProperty(name, out var member) ? member : null;
}
