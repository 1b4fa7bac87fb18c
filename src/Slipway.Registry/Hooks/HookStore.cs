using System.Text.Json;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Database;

namespace Slipway.Registry.Hooks;

/// <summary>Webhooks and what is to be sent to them.</summary>
internal static class HookStore
{
    private const string Columns = "namespace, id, name, description, url, events, secret, sealed, status, created, updated";

    private const string Add =
        $"INSERT INTO registry_webhooks ({Columns}) VALUES (@Namespace, @Id, @Name, @Description, @Url, @Events, @Secret, @Sealed, @Status, @Created, @Updated)";

    private const string Put =
        """
        UPDATE registry_webhooks SET name = @Name, description = @Description, url = @Url, events = @Events, secret = @Secret, sealed = @Sealed, status = @Status, updated = @Updated
        WHERE namespace = @Namespace AND id = @Id
        """;

    private const string Delete = "DELETE FROM registry_webhooks WHERE namespace = @ns AND id = @id";

    private const string DeleteDeliveries = "DELETE FROM registry_deliveries WHERE namespace = @ns AND webhook = @id";

    private const string Select = $"SELECT {Columns} FROM registry_webhooks WHERE namespace = @ns AND id = @id";

    private const string SelectPage = $"SELECT {Columns} FROM registry_webhooks WHERE namespace = @ns ORDER BY created DESC, id LIMIT @limit OFFSET @offset";

    private const string SelectActive = $"SELECT {Columns} FROM registry_webhooks WHERE namespace = @ns AND status = 'ACTIVE' ORDER BY created, id";

    private const string DeliveryColumns = "id, namespace, webhook, event, payload, created, attempts, due, claimed_until, state, outcome";

    private const string AddDelivery =
        $"""
        INSERT INTO registry_deliveries ({DeliveryColumns})
        VALUES (@Id, @Namespace, @Webhook, @Event, @Payload, @Created, 0, @Due, 0, 'pending', '')
        """;

    private const string Claim =
        """
        UPDATE registry_deliveries SET claimed_until = @until
        WHERE id IN (SELECT id FROM registry_deliveries WHERE state = 'pending' AND due <= @now AND claimed_until < @now ORDER BY due, id LIMIT @limit)
        """;

    private const string SelectClaimed = $"SELECT {DeliveryColumns} FROM registry_deliveries WHERE state = 'pending' AND claimed_until = @until ORDER BY due, id";

    private const string Close = "UPDATE registry_deliveries SET state = @state, outcome = @outcome, attempts = @attempts, claimed_until = 0 WHERE id = @id";

    private const string Postpone = "UPDATE registry_deliveries SET due = @due, outcome = @outcome, attempts = @attempts, claimed_until = 0 WHERE id = @id";

    private const string SelectNextDue = "SELECT MIN(CASE WHEN claimed_until > due THEN claimed_until ELSE due END) FROM registry_deliveries WHERE state = 'pending'";

    private const string SelectDeliveries =
        $"SELECT {DeliveryColumns} FROM registry_deliveries WHERE namespace = @ns AND webhook = @id ORDER BY created DESC, id LIMIT @limit";

    private const string Prune = "DELETE FROM registry_deliveries WHERE state <> 'pending' AND created < @before";

    public static Task AddAsync(IWriteSession session, HookRow hook) => session.ExecuteAsync(Add, hook);

    public static async Task<bool> UpdateAsync(IWriteSession session, HookRow hook) => await session.ExecuteAsync(Put, hook) == 1;

    /// <summary>The webhook and what was still to be sent to it.</summary>
    public static async Task<bool> DeleteAsync(IWriteSession session, string ns, string id)
    {
        await session.ExecuteAsync(DeleteDeliveries, new { ns, id });
        return await session.ExecuteAsync(Delete, new { ns, id }) == 1;
    }

    public static Task<HookRow?> FindAsync(IReadSession session, string ns, string id) => session.QuerySingleOrDefaultAsync<HookRow>(Select, new { ns, id });

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<HookRow>> ListAsync(IReadSession session, string ns, int limit, long offset) =>
        session.QueryAsync<HookRow>(SelectPage, new { ns, limit, offset });

    public static Task<IReadOnlyList<HookRow>> ActiveAsync(IReadSession session, string ns) => session.QueryAsync<HookRow>(SelectActive, new { ns });

    public static Task AddDeliveryAsync(IWriteSession session, DeliveryRow delivery) => session.ExecuteAsync(AddDelivery, delivery);

    /// <summary>Takes what is due; <paramref name="until"/> must differ from every other claim's.</summary>
    public static async Task<IReadOnlyList<DeliveryRow>> ClaimAsync(IWriteSession session, long now, long until, int limit) =>
        await session.ExecuteAsync(Claim, new { now, until, limit }) == 0 ? [] : await session.QueryAsync<DeliveryRow>(SelectClaimed, new { until });

    public static Task CloseAsync(IWriteSession session, string id, string state, string outcome, long attempts) =>
        session.ExecuteAsync(Close, new { id, state, outcome, attempts });

    public static Task PostponeAsync(IWriteSession session, string id, long due, string outcome, long attempts) =>
        session.ExecuteAsync(Postpone, new { id, due, outcome, attempts });

    /// <summary>When the next one is to be looked at, in microseconds; null when nothing waits.</summary>
    public static Task<long?> NextDueAsync(IReadSession session) => session.QuerySingleOrDefaultAsync<long?>(SelectNextDue);

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<DeliveryRow>> DeliveriesAsync(IReadSession session, string ns, string id, int limit) =>
        session.QueryAsync<DeliveryRow>(SelectDeliveries, new { ns, id, limit });

    public static Task PruneAsync(IWriteSession session, long before) => session.ExecuteAsync(Prune, new { before });
}

internal sealed record HookRow
{
    public string Namespace { get; init; } = "";

    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public string Url { get; init; } = "";

    /// <summary>JSON array of <c>entity.action</c>.</summary>
    public string Events { get; init; } = "[]";

    /// <summary>What deliveries are signed with; sealed, when <see cref="Sealed"/> says so, for <see cref="Purpose"/>.</summary>
    public string Secret { get; init; } = "";

    public bool Sealed { get; init; }

    public string Purpose => $"registry/webhooks/{Namespace}/{Id}";

    public string Status { get; init; } = "ACTIVE";

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Updated { get; init; }

    public IReadOnlyList<string> EventNames => JsonSerializer.Deserialize(Events, RegistryJson.Default.IReadOnlyListString)!;
}

internal sealed record DeliveryRow
{
    public string Id { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Webhook { get; init; } = "";

    public string Event { get; init; } = "";

    public string Payload { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    public long Attempts { get; init; }

    public long Due { get; init; }

    public string State { get; init; } = "";

    public string Outcome { get; init; } = "";
}
