using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Writes;

/// <summary>A model gets another name, with all its versions, aliases and their history.</summary>
internal static class RenameModel
{
    public static async Task<Result<ModelRow>> ApplyAsync(IWriteSession session, Change change, string name, string newName)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, name))
        {
            return Missing.Model(name);
        }

        if (name != newName)
        {
            if (await RegistryStore.FindModelRowAsync(session, change.Namespace, newName) is not null)
            {
                return new Problem(ProblemCode.AlreadyExists, $"Registered Model (name={newName}) already exists.");
            }

            await RegistryStore.RenameModelAsync(session, change.Namespace, name, newName, change.Now);
            await change.TellAsync(session, "model.renamed", newName, new JsonObject { ["name"] = newName, ["formerly"] = name });
        }

        return (await RegistryStore.FindModelRowAsync(session, change.Namespace, newName))!;
    }
}
