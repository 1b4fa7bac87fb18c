using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Traces.Domain;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Infos;

/// <summary>Deletes traces of one experiment for good, with all that hangs on them, their files included.</summary>
internal static class DeleteTraces
{
    /// <param name="until">The newest time that goes, in milliseconds; without ids.</param>
    /// <param name="most">The oldest go first.</param>
    public static async Task<Result<long>> RunAsync(
        IDatabase database, IArtifactFiles files, string ns, string experiment, long until, long most, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var folders = new List<string>();
        var deleted = await database.WriteAsync<long>(
            async (session, _) =>
            {
                folders.Clear();
                var going = ids.Count > 0
                    ? await TraceStore.OfExperimentAsync(session, ns, experiment, ids)
                    : await TraceStore.OldestAsync(session, ns, experiment, until, most);
                foreach (var part in going.Chunk(500))
                {
                    folders.AddRange((await TraceStore.LoadAsync(session, ns, part))
                        .Select(t => OwnFolder(t.Id, t.Tags.GetValueOrDefault(TraceKeys.ArtifactLocationTag))).OfType<string>());
                }

                await TraceStore.DeleteAsync(session, ns, going);
                return going.Count;
            },
            cancellation);
        if (deleted.Succeeded)
        {
            foreach (var folder in folders)
            {
                // Files that are kept elsewhere are not ours to delete, which the port answers as Invalid.
                await files.DeleteAsync(ns, folder, CancellationToken.None);
            }
        }

        return deleted;
    }

    // The location is a tag, and a client may have set it to what belongs to others.
    private static string? OwnFolder(string id, string? location) => location?.EndsWith($"/traces/{id}/artifacts", StringComparison.Ordinal) == true ? location : null;
}
