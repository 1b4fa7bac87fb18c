using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;

namespace Slipway.Registry.Catalog;

internal static partial class RegistryStore
{
    private const string AliasColumns = "h.model, h.alias, h.version, h.previous_version, h.actor, h.reason, h.time, h.sequence";

    private const string CurrentAliases =
        $"""
        SELECT {AliasColumns} FROM registry_aliases a
        JOIN registry_alias_history h ON h.namespace = a.namespace AND h.model = a.model AND h.sequence = a.sequence
        WHERE a.namespace = @ns
        """;

    private const string SelectAlias = $"{CurrentAliases} AND a.model = @name AND a.alias = @alias";

    private const string SelectAliases = $"{CurrentAliases} AND a.model = @name ORDER BY a.alias";

    private const string SelectAliasesOf = $"{CurrentAliases} AND a.model IN @names ORDER BY a.model, a.alias";

    private const string SelectLastOfAlias =
        $"""
        SELECT {AliasColumns} FROM registry_alias_history h
        WHERE h.namespace = @ns AND h.model = @name AND h.alias = @alias ORDER BY h.sequence DESC LIMIT 1
        """;

    private const string SelectHistory =
        $"SELECT {AliasColumns} FROM registry_alias_history h WHERE h.namespace = @ns AND h.model = @name ORDER BY h.sequence";

    private const string RaiseAliasSequence =
        "UPDATE registry_models SET last_alias_sequence = last_alias_sequence + 1, updated = @now WHERE namespace = @ns AND name = @name";

    private const string AddHistory =
        """
        INSERT INTO registry_alias_history (namespace, model, sequence, alias, version, previous_version, actor, reason, time)
        VALUES (@ns, @Model, @Sequence, @Alias, @Version, @PreviousVersion, @Actor, @Reason, @Time)
        """;

    private const string PointAlias =
        """
        INSERT INTO registry_aliases (namespace, model, alias, sequence) VALUES (@ns, @Model, @Alias, @Sequence)
        ON CONFLICT (namespace, model, alias) DO UPDATE SET sequence = excluded.sequence
        """;

    private const string DropAlias = "DELETE FROM registry_aliases WHERE namespace = @ns AND model = @Model AND alias = @Alias";

    /// <summary>Null when the alias points nowhere.</summary>
    public static async Task<AliasAssignment?> FindAliasAsync(IReadSession session, string ns, string name, string alias) =>
        (await session.QuerySingleOrDefaultAsync<AliasRow>(SelectAlias, new { ns, name, alias }))?.ToAssignment();

    /// <summary>The newest assignment of the alias, its removal included; null when there never was one.</summary>
    public static async Task<AliasAssignment?> FindLastOfAliasAsync(IReadSession session, string ns, string name, string alias) =>
        (await session.QuerySingleOrDefaultAsync<AliasRow>(SelectLastOfAlias, new { ns, name, alias }))?.ToAssignment();

    /// <summary>As they point now, by name.</summary>
    public static async Task<IReadOnlyList<AliasAssignment>> AliasesAsync(IReadSession session, string ns, string name) =>
        [.. (await session.QueryAsync<AliasRow>(SelectAliases, new { ns, name })).Select(r => r.ToAssignment())];

    /// <summary>Oldest first.</summary>
    public static async Task<IReadOnlyList<AliasAssignment>> HistoryAsync(IReadSession session, string ns, string name) =>
        [.. (await session.QueryAsync<AliasRow>(SelectHistory, new { ns, name })).Select(r => r.ToAssignment())];

    /// <summary>The number for a new assignment; the model must be locked.</summary>
    public static async Task<long> RaiseAliasSequenceAsync(IWriteSession session, string ns, string name, DateTimeOffset now)
    {
        await session.ExecuteAsync(RaiseAliasSequence, new { ns, name, now });
        return (await FindModelRowAsync(session, ns, name))!.LastAliasSequence;
    }

    public static async Task AssignAsync(IWriteSession session, string ns, AliasAssignment assignment)
    {
        var row = new
        {
            ns, assignment.Model, assignment.Alias, assignment.Version, assignment.PreviousVersion, assignment.Actor, assignment.Reason, assignment.Time,
            assignment.Sequence,
        };
        await session.ExecuteAsync(AddHistory, row);
        await session.ExecuteAsync(assignment.Version is null ? DropAlias : PointAlias, row);
    }

    /// <summary>As they point now, of several models, by model and name.</summary>
    public static async Task<IReadOnlyList<AliasAssignment>> AliasesOfAsync(IReadSession session, string ns, IReadOnlyList<string> names) =>
        names.Count == 0 ? [] : [.. (await session.QueryAsync<AliasRow>(SelectAliasesOf, new { ns, names = names.ToArray() })).Select(r => r.ToAssignment())];
}
