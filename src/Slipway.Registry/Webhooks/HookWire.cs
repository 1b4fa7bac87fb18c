using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary>Webhooks as MLflow's clients read and write them. A secret goes in and never comes out.</summary>
internal static class HookWire
{
    public static IReadOnlyList<string> Statuses { get; } = ["ACTIVE", "DISABLED"];

    // In the order of their numbers, from 1.
    private static readonly string[] Entities =
    [
        "REGISTERED_MODEL", "MODEL_VERSION", "MODEL_VERSION_TAG", "MODEL_VERSION_ALIAS", "PROMPT", "PROMPT_VERSION", "PROMPT_TAG", "PROMPT_VERSION_TAG", "PROMPT_ALIAS", "BUDGET_POLICY",
    ];

    private static readonly string[] Actions = ["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED"];

    /// <summary>The <c>events</c> of a request, each once; null when there are none.</summary>
    public static IReadOnlyList<string>? Events(MlflowFields fields)
    {
        var events = new List<string>();
        foreach (var item in fields.Objects("events"))
        {
            if (Event(item.Json("entity"), item.Json("action")).TryGet(out var parsed, out var problem))
            {
                events.Add(parsed.Name);
            }
            else
            {
                fields.Reject(problem);
            }
        }

        return events.Count == 0 ? null : [.. events.Distinct(StringComparer.Ordinal)];
    }

    public static Result<HookEvent> Event(JsonElement? entity, JsonElement? action) => HookEvents.Parse(Named(entity, Entities), Named(action, Actions));

    public static void Write(Utf8JsonWriter writer, HookRow hook)
    {
        writer.WriteStartObject();
        writer.WriteString("webhook_id", hook.Id);
        writer.WriteString("name", hook.Name);
        writer.WriteSet("description", hook.Description);
        writer.WriteString("url", hook.Url);
        writer.WriteStartArray("events");
        foreach (var of in hook.EventNames.Select(HookEvent.Of))
        {
            writer.WriteStartObject();
            writer.WriteString("entity", of.Entity.ToUpperInvariant());
            writer.WriteString("action", of.Action.ToUpperInvariant());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("status", hook.Status);
        writer.WriteNumber("creation_timestamp", hook.Created.ToUnixTimeMilliseconds());
        writer.WriteNumber("last_updated_timestamp", hook.Updated.ToUnixTimeMilliseconds());
        writer.WriteEndObject();
    }

    public static MlflowReply Reply(HookRow hook) => MlflowReply.Object(writer =>
    {
        writer.WritePropertyName("webhook");
        Write(writer, hook);
    });

    public static Problem NoHook(string id) => new(ProblemCode.NotFound, $"Webhook with ID {Names.Shown(id)} not found.");

    private static string Named(JsonElement? value, string[] names) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var index) && index > 0 && index <= names.Length => names[index - 1],
        _ => "",
    };
}
