using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Gates;

namespace Slipway.Registry.Writes;

/// <summary>A version is moved to a stage; those that were there may be archived in the same breath.</summary>
internal static class MoveStage
{
    /// <param name="stage">As it is written.</param>
    public static async Task<Result<VersionRow>> ApplyAsync(
        IWriteSession session, Change change, string model, int version, string stage, bool archiveOthers, string reason, Admission admission = Admission.Asked)
    {
        if (!(await ChangeVersion.FindAsync(session, change.Namespace, model, version)).TryGet(out var row, out var problem))
        {
            return problem;
        }

        if (await GateKeeper.AskAsync(session, row.ToVersion(), "stage", stage, admission) is { } refused)
        {
            return refused;
        }

        if (archiveOthers)
        {
            foreach (var other in await RegistryStore.OthersInStageAsync(session, change.Namespace, model, stage, version))
            {
                await MoveAsync(session, change, model, other, Stages.Archived, stage, $"version {version} took its place");
            }
        }

        await MoveAsync(session, change, model, version, stage, row.Stage, reason);
        return (await RegistryStore.FindVersionRowAsync(session, change.Namespace, model, version))!;
    }

    private static async Task MoveAsync(IWriteSession session, Change change, string model, int version, string stage, string before, string reason)
    {
        await RegistryStore.SetStageAsync(session, change.Namespace, model, version, stage, change.Now);
        if (stage == before)
        {
            return;
        }

        await RegistryStore.RememberStageAsync(session, change.Namespace, model, version, stage, before, change.Actor, reason, change.Now);
        await change.TellAsync(session, "model.stage.moved", model, new JsonObject
        {
            ["model"] = model, ["version"] = version, ["stage"] = stage, ["previousStage"] = before, ["reason"] = reason,
        });
    }
}
