using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Gates;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Writes;

/// <summary>An alias is pointed at a version, or at none: the one way, whichever API it comes by.</summary>
internal static class MoveAlias
{
    /// <param name="version">Null removes the alias.</param>
    public static async Task<Result<AliasAssignment>> ApplyAsync(
        IWriteSession session, Change change, string model, string alias, int? version, string reason, Admission admission = Admission.Asked)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, model))
        {
            return Problem.NotFound($"model {model} in namespace {change.Namespace}");
        }

        if (version is { } number)
        {
            if (await RegistryStore.FindVersionAsync(session, change.Namespace, model, number) is not { } found)
            {
                return Problem.NotFound($"version {version} of model {model} in namespace {change.Namespace}");
            }

            if (await GateKeeper.AskAsync(session, found, "alias", alias, admission) is { } refused)
            {
                return refused;
            }
        }

        var current = await RegistryStore.FindAliasAsync(session, change.Namespace, model, alias);
        return current?.Version == version
            ? current ?? await RegistryStore.FindLastOfAliasAsync(session, change.Namespace, model, alias)
                ?? new AliasAssignment(model, alias, null, null, change.Actor, reason, change.Now, Sequence: 0)
            : await AssignAsync(session, change, model, alias, version, current?.Version, reason);
    }

    /// <summary>The model must be locked, and the alias point elsewhere.</summary>
    public static async Task<AliasAssignment> AssignAsync(
        IWriteSession session, Change change, string model, string alias, int? version, int? before, string reason)
    {
        var sequence = await RegistryStore.RaiseAliasSequenceAsync(session, change.Namespace, model, change.Now);
        var assignment = new AliasAssignment(model, alias, version, before, change.Actor, reason, change.Now, sequence);
        await RegistryStore.AssignAsync(session, change.Namespace, assignment);
        await session.AppendAsync(new EventDraft(
            "model.alias.moved", change.Namespace, $"models/{model}", JsonSerializer.SerializeToUtf8Bytes(assignment, RegistryJson.Default.AliasAssignment)) { Actor = change.Actor });
        var prompt = MlflowRules.IsPrompt((await RegistryStore.FindModelRowAsync(session, change.Namespace, model))!.TagMap);
        await Outbox.SendAsync(session, change.Namespace, HookEvents.Alias(prompt, model, alias, version), change.Now);
        return assignment;
    }
}
