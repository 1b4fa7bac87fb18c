using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Writes;

/// <summary>What is said about a version: its description, tags and card. What it is never changes.</summary>
internal static class ChangeVersion
{
    public static async Task<Result<VersionRow>> DescribeAsync(IWriteSession session, Change change, string name, int version, string? description)
    {
        if (!(await FindAsync(session, change.Namespace, name, version)).TryGet(out var row, out var problem))
        {
            return problem;
        }

        await RegistryStore.SetVersionDescriptionAsync(session, change.Namespace, name, version, description ?? "", change.Now);
        await TellAsync(session, change, row, "description", description);
        return (await RegistryStore.FindVersionRowAsync(session, change.Namespace, name, version))!;
    }

    /// <param name="value">Null takes the tag away; that it is away already is no fault.</param>
    public static async Task<Result<Unit>> TagAsync(IWriteSession session, Change change, string name, int version, string key, string? value)
    {
        if (!(await FindAsync(session, change.Namespace, name, version)).TryGet(out var row, out var problem))
        {
            return problem;
        }

        if (ChangeModel.Changed(row.TagMap, key, value) is { } tags)
        {
            await RegistryStore.SetVersionTagsAsync(session, row, tags, key, change.Now);
            await TellAsync(session, change, row, $"tag {key}", value);
        }

        var prompt = MlflowRules.IsPrompt((await RegistryStore.FindModelRowAsync(session, change.Namespace, name))!.TagMap);
        await Outbox.SendAsync(session, change.Namespace, HookEvents.VersionTag(prompt, name, version, key, value), change.Now);
        return Result.Ok;
    }

    /// <param name="card">Markdown; empty goes back to the card that is written from the facts.</param>
    public static async Task<Result<VersionRow>> CardAsync(IWriteSession session, Change change, string name, int version, string card)
    {
        if (!(await FindAsync(session, change.Namespace, name, version)).TryGet(out var row, out var problem))
        {
            return problem;
        }

        await RegistryStore.SetCardAsync(session, change.Namespace, name, version, card, change.Now);
        await TellAsync(session, change, row, "card", null);
        return (await RegistryStore.FindVersionRowAsync(session, change.Namespace, name, version))!;
    }

    /// <summary>The version, locked until the transaction ends.</summary>
    public static async Task<Result<VersionRow>> FindAsync(IWriteSession session, string ns, string name, int version)
    {
        await RegistryStore.LockModelAsync(session, ns, name);
        return await RegistryStore.FindVersionRowAsync(session, ns, name, version) is { } row ? row : Missing.Version(name, version);
    }

    private static Task TellAsync(IWriteSession session, Change change, VersionRow row, string what, string? value) =>
        change.TellAsync(session, "model.version.updated", row.Model, new JsonObject { ["model"] = row.Model, ["version"] = row.Number, ["changed"] = what, ["value"] = value });
}
