using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Registry.Catalog;

/// <summary>Keeps the artifacts of all versions from being cleared away.</summary>
internal sealed class HeldObjectsStore : IObjectHolder
{
    private const string SelectHeld = "SELECT DISTINCT artifact_digest FROM registry_versions WHERE artifact_digest IN @digests";

    public async Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests) =>
        digests.Count == 0 ? [] : await session.QueryAsync<string>(SelectHeld, new { digests = digests.ToArray() });
}
