using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;

namespace Slipway.Registry.Domain;

/// <summary>Follows parents and children among the versions of one model.</summary>
internal static class Ancestry
{
    public static VersionLineage Of(ModelVersion version, IReadOnlyList<ModelVersion> all, IReadOnlyList<AliasAssignment> aliases)
    {
        var byNumber = all.ToDictionary(v => v.Version);
        var ancestors = new List<int>();

        // Ends: a parent's number is smaller than its child's, since it was there first.
        for (var next = version.Lineage.ParentVersion; next is { } parent; next = byNumber.GetValueOrDefault(parent)?.Lineage.ParentVersion)
        {
            ancestors.Add(parent);
        }

        return new VersionLineage(
            version.Model, version.Version, version.ArtifactDigest, version.Lineage, ancestors,
            [.. all.Where(v => v.Lineage.ParentVersion == version.Version).Select(v => v.Version).Order()],
            [.. aliases.Where(a => a.Version == version.Version || a.PreviousVersion == version.Version)]);
    }
}
