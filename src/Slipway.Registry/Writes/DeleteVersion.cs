using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Gates;

namespace Slipway.Registry.Writes;

/// <summary>A version goes; its number is not given again. Aliases that point at it are removed, which their history remembers.</summary>
internal static class DeleteVersion
{
    public static async Task<Result<Unit>> ApplyAsync(IWriteSession session, Change change, string name, int version)
    {
        if (!(await ChangeVersion.FindAsync(session, change.Namespace, name, version)).TryGet(out var row, out var problem))
        {
            return problem;
        }

        foreach (var alias in (await RegistryStore.AliasesAsync(session, change.Namespace, name)).Where(a => a.Version == version))
        {
            await MoveAlias.AssignAsync(session, change, name, alias.Alias, null, alias.Version, $"version {version} was deleted");
        }

        await GateStore.WithdrawOfVersionAsync(session, change.Namespace, name, version, change.Now);
        await RegistryStore.DeleteVersionAsync(session, row);
        await RegistryStore.TouchModelAsync(session, change.Namespace, name, change.Now);
        await change.TellAsync(session, "model.version.deleted", name, new JsonObject { ["model"] = name, ["version"] = version });
        return Result.Ok;
    }
}
