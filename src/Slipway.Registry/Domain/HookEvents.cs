using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What somebody may subscribe to: <c>model_version.created</c>.</summary>
internal readonly record struct HookEvent(string Entity, string Action)
{
    public string Name => $"{Entity}.{Action}";

    public static HookEvent Of(string name) => name.Split('.') is [var entity, var action] ? new HookEvent(entity, action) : default;
}

/// <summary>MLflow's webhook events: which there are, and what each says. Prompts are models under other names: an event is of the one or of the other, never both.</summary>
internal static class HookEvents
{
    private static readonly Dictionary<string, string[]> Actions = new(StringComparer.Ordinal)
    {
        ["registered_model"] = ["created"],
        ["model_version"] = ["created"],
        ["model_version_tag"] = ["deleted", "set"],
        ["model_version_alias"] = ["created", "deleted"],
        ["prompt"] = ["created"],
        ["prompt_version"] = ["created"],
        ["prompt_tag"] = ["deleted", "set"],
        ["prompt_version_tag"] = ["deleted", "set"],
        ["prompt_alias"] = ["created", "deleted"],
        ["budget_policy"] = ["exceeded"],
    };

    private static readonly string[] Internal = [MlflowRules.IsPromptTag, "_mlflow_prompt_type"];

    /// <summary>From the names on the wire, <c>MODEL_VERSION</c> and <c>CREATED</c>.</summary>
    public static Result<HookEvent> Parse(string entity, string action)
    {
        var wanted = new HookEvent(entity.ToLowerInvariant(), action.ToLowerInvariant());
        if (!Actions.TryGetValue(wanted.Entity, out var actions))
        {
            return Problem.Invalid($"Unknown or unspecified webhook entity: {Names.Shown(entity)}");
        }

        if (!Actions.Values.Any(a => a.Contains(wanted.Action, StringComparer.Ordinal)))
        {
            return Problem.Invalid($"Unknown or unspecified webhook action: {Names.Shown(action)}");
        }

        return actions.Contains(wanted.Action, StringComparer.Ordinal)
            ? wanted
            : Problem.Invalid($"Invalid action '{wanted.Action}' for entity '{wanted.Entity}'. Valid actions are: [{string.Join(", ", actions.Select(a => $"'{a}'"))}]");
    }

    public static (HookEvent Event, JsonObject Data) ModelCreated(string name, IReadOnlyDictionary<string, string> tags, string description) =>
        tags.ContainsKey(MlflowRules.IsPromptTag)
            ? (new HookEvent("prompt", "created"), new JsonObject { ["name"] = name, ["tags"] = Tags(tags, Internal), ["description"] = description })
            : (new HookEvent("registered_model", "created"), new JsonObject { ["name"] = name, ["tags"] = Tags(tags, []), ["description"] = description });

    public static (HookEvent Event, JsonObject Data) VersionCreated(
        string name, int version, string source, string runId, IReadOnlyDictionary<string, string> tags, string description)
    {
        if (!tags.ContainsKey(MlflowRules.IsPromptTag))
        {
            return (new HookEvent("model_version", "created"), new JsonObject
            {
                ["name"] = name, ["version"] = Text(version), ["source"] = source, ["run_id"] = OrNull(runId), ["tags"] = Tags(tags, []), ["description"] = OrNull(description),
            });
        }

        return (new HookEvent("prompt_version", "created"), new JsonObject
        {
            ["name"] = name,
            ["version"] = Text(version),
            ["template"] = tags.GetValueOrDefault(MlflowRules.PromptTextTag),
            ["tags"] = Tags(tags, [.. Internal, MlflowRules.PromptTextTag]),
            ["description"] = OrNull(description),
        });
    }

    /// <summary>Null for models: MLflow tells of tags on models only where they are prompts.</summary>
    public static (HookEvent Event, JsonObject Data)? ModelTag(bool prompt, string name, string key, string? value) => prompt
        ? (new HookEvent("prompt_tag", value is null ? "deleted" : "set"), WithValue(new JsonObject { ["name"] = name, ["key"] = key }, value))
        : null;

    /// <param name="value">Null: the tag was deleted.</param>
    public static (HookEvent Event, JsonObject Data) VersionTag(bool prompt, string name, int version, string key, string? value) => (
        new HookEvent(prompt ? "prompt_version_tag" : "model_version_tag", value is null ? "deleted" : "set"),
        WithValue(new JsonObject { ["name"] = name, ["version"] = Text(version), ["key"] = key }, value));

    /// <param name="version">Null: the alias was deleted.</param>
    public static (HookEvent Event, JsonObject Data) Alias(bool prompt, string name, string alias, int? version)
    {
        var data = new JsonObject { ["name"] = name, ["alias"] = alias };
        if (version is { } number)
        {
            data["version"] = Text(number);
        }

        return (new HookEvent(prompt ? "prompt_alias" : "model_version_alias", version is null ? "deleted" : "created"), data);
    }

    /// <summary>What a test sends.</summary>
    public static JsonObject Example(HookEvent of)
    {
        var prompt = of.Entity.StartsWith("prompt", StringComparison.Ordinal);
        var name = prompt ? "example_prompt" : "example_model";
        var tags = new Dictionary<string, string> { ["example_key"] = "example_value" };
        return of.Name switch
        {
            "registered_model.created" => ModelCreated(name, tags, "An example registered model").Data,
            "model_version.created" => VersionCreated(name, 1, "models:/123", "abcd1234abcd5678", tags, "An example model version").Data,
            "prompt.created" => ModelCreated(name, tags, "An example prompt").Data,
            "prompt_version.created" => new JsonObject
            {
                ["name"] = name, ["version"] = "1", ["template"] = "Hello {{name}}!", ["tags"] = Tags(tags, []), ["description"] = "An example prompt version",
            },
            "prompt_tag.set" or "prompt_tag.deleted" => ModelTag(true, name, "example_key", of.Action == "set" ? "example_value" : null)!.Value.Data,
            "budget_policy.exceeded" => new JsonObject { ["budget_policy_id"] = "example_policy", ["budget_amount"] = 100.0, ["current_spend"] = 105.5 },
            _ when of.Entity.EndsWith("_alias", StringComparison.Ordinal) => Alias(prompt, name, "example_alias", of.Action == "created" ? 1 : null).Data,
            _ => VersionTag(prompt, name, 1, "example_key", of.Action == "set" ? "example_value" : null).Data,
        };
    }

    private static JsonObject Tags(IReadOnlyDictionary<string, string> tags, string[] without) =>
        new(tags.Where(t => !without.Contains(t.Key, StringComparer.Ordinal)).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value)));

    private static JsonObject WithValue(JsonObject data, string? value)
    {
        if (value is not null)
        {
            data["value"] = value;
        }

        return data;
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static string Text(int version) => version.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
