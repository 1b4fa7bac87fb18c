using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Writes;

/// <summary>A name is registered, without a version yet.</summary>
internal static class CreateModel
{
    public static async Task<Result<ModelRow>> ApplyAsync(
        IWriteSession session, Change change, string name, string description, IReadOnlyDictionary<string, string> tags, string deploymentJob = "")
    {
        if (!await RegistryStore.AddModelAsync(session, change.Namespace, name, change.Actor, change.Now))
        {
            var there = (await RegistryStore.FindModelRowAsync(session, change.Namespace, name))!;
            return Taken(name, there.TagMap.ContainsKey(MlflowRules.IsPromptTag), tags.ContainsKey(MlflowRules.IsPromptTag));
        }

        if (description.Length > 0)
        {
            await RegistryStore.SetDescriptionAsync(session, change.Namespace, name, description, change.Now);
        }

        if (deploymentJob.Length > 0)
        {
            await RegistryStore.SetDeploymentJobAsync(session, change.Namespace, name, deploymentJob, change.Now);
        }

        if (tags.Count > 0)
        {
            await RegistryStore.SetModelTagsAsync(session, change.Namespace, name, tags, [.. tags.Keys], change.Now);
        }

        await TellAsync(session, change, name, description, tags);
        return (await RegistryStore.FindModelRowAsync(session, change.Namespace, name))!;
    }

    /// <summary>To those who follow and to webhooks.</summary>
    public static async Task TellAsync(IWriteSession session, Change change, string name, string description, IReadOnlyDictionary<string, string> tags)
    {
        var told = new JsonObject { ["name"] = name, ["description"] = description, ["tags"] = new JsonObject(tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))) };
        await change.TellAsync(session, "model.created", name, told);
        await Outbox.SendAsync(session, change.Namespace, HookEvents.ModelCreated(name, tags, description), change.Now);
    }

    private static Problem Taken(string name, bool isPrompt, bool wantsPrompt)
    {
        var (old, wanted) = (isPrompt ? "Prompt" : "Registered Model", wantsPrompt ? "Prompt" : "Registered Model");
        return new Problem(ProblemCode.AlreadyExists, old == wanted
            ? $"{wanted} (name={name}) already exists."
            : $"Tried to create a {wanted.ToLowerInvariant()} with name '{name}', but the name is already taken by a {old.ToLowerInvariant()}. MLflow does not allow creating a model and a prompt with the same name.");
    }
}
