using Slipway.Platform.Database;

namespace Slipway.Registry.Catalog;

internal static partial class RegistryStore
{
    /// <summary>Models <c>m</c> that meet a condition on them.</summary>
    /// <param name="parameters">Those of the condition; <c>ns</c>, <c>limit</c> and <c>offset</c> are added.</param>
    public static Task<IReadOnlyList<ModelRow>> SearchModelsAsync(
        IReadSession session, string ns, string condition, string order, Dictionary<string, object?> parameters, int limit, long offset) =>
        session.QueryAsync<ModelRow>(
            $"SELECT {ModelColumns} FROM registry_models m WHERE m.namespace = @ns AND {condition} ORDER BY {order} LIMIT @limit OFFSET @offset",
            With(parameters, ns, limit, offset));

    /// <summary>Versions <c>v</c> that meet a condition on them.</summary>
    public static Task<IReadOnlyList<VersionRow>> SearchVersionsAsync(
        IReadSession session, string ns, string condition, string order, Dictionary<string, object?> parameters, int limit, long offset) =>
        session.QueryAsync<VersionRow>(
            $"SELECT {VersionColumns} FROM registry_versions v WHERE v.namespace = @ns AND {condition} ORDER BY {order} LIMIT @limit OFFSET @offset",
            With(parameters, ns, limit, offset));

    private static Dictionary<string, object?> With(Dictionary<string, object?> parameters, string ns, int limit, long offset) =>
        new(parameters, StringComparer.Ordinal) { ["ns"] = ns, ["limit"] = limit, ["offset"] = offset };
}
