using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Writes;

/// <summary>A model goes with all its versions; the event log keeps what there was. Who serves it must have been asked before.</summary>
internal static class DeleteModel
{
    public static async Task<Result<Unit>> ApplyAsync(IWriteSession session, Change change, string name)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, name))
        {
            return Missing.Model(name);
        }

        await RegistryStore.DeleteModelAsync(session, change.Namespace, name);
        await change.TellAsync(session, "model.deleted", name, new JsonObject { ["name"] = name });
        return Result.Ok;
    }
}
