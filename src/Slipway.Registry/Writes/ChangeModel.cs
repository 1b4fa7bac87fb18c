using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Writes;

/// <summary>What is said about a model: its description and tags.</summary>
internal static class ChangeModel
{
    public static async Task<Result<ModelRow>> DescribeAsync(IWriteSession session, Change change, string name, string? description, string? deploymentJob = null)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, name))
        {
            return Missing.Model(name);
        }

        await RegistryStore.SetDescriptionAsync(session, change.Namespace, name, description ?? "", change.Now);
        if (deploymentJob is not null)
        {
            await RegistryStore.SetDeploymentJobAsync(session, change.Namespace, name, deploymentJob, change.Now);
        }

        await change.TellAsync(session, "model.updated", name, new JsonObject { ["name"] = name, ["description"] = description });
        return (await RegistryStore.FindModelRowAsync(session, change.Namespace, name))!;
    }

    /// <param name="value">Null takes the tag away; that it is away already is no fault.</param>
    public static async Task<Result<Unit>> TagAsync(IWriteSession session, Change change, string name, string key, string? value)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, name) || await RegistryStore.FindModelRowAsync(session, change.Namespace, name) is not { } row)
        {
            return Missing.Model(name);
        }

        var tags = Changed(row.TagMap, key, value);
        if (tags is not null)
        {
            await RegistryStore.SetModelTagsAsync(session, change.Namespace, name, tags, [key], change.Now);
            await change.TellAsync(session, "model.updated", name, new JsonObject { ["name"] = name, ["tag"] = key, ["value"] = value });
        }

        // MLflow tells of a tag that was set to what it was, too.
        if (HookEvents.ModelTag(MlflowRules.IsPrompt(tags ?? row.TagMap), name, key, value) is { } told)
        {
            await Outbox.SendAsync(session, change.Namespace, told, change.Now);
        }

        return Result.Ok;
    }

    /// <summary>Null when nothing changes.</summary>
    public static IReadOnlyDictionary<string, string>? Changed(IReadOnlyDictionary<string, string> tags, string key, string? value)
    {
        if (tags.TryGetValue(key, out var now) ? now == value : value is null)
        {
            return null;
        }

        var changed = new SortedDictionary<string, string>(tags.ToDictionary(), StringComparer.Ordinal);
        if (value is null)
        {
            changed.Remove(key);
        }
        else
        {
            changed[key] = value;
        }

        return changed;
    }
}
