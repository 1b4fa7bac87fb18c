using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;

namespace Slipway.Pipelines.Triggers;

/// <summary>How far the event log has been delivered to triggers, and which webhook calls have come in.</summary>
internal sealed class TriggerDeliveryStore(IDatabase database, ILeases leases, TimeProvider time)
{
    private const string GetCursor = "SELECT sequence FROM pipeline_trigger_cursor WHERE name = 'log'";

    private const string PutCursor =
        "INSERT INTO pipeline_trigger_cursor (name, sequence) VALUES ('log', @sequence) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence";

    private const string AddDelivery =
        "INSERT INTO pipeline_webhook_deliveries (trigger_uid, delivery, received) VALUES (@trigger, @delivery, @now) ON CONFLICT (trigger_uid, delivery) DO NOTHING";

    private const string ForgetOld = "DELETE FROM pipeline_webhook_deliveries WHERE received < @before";

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>The last event that was delivered; null before the first start.</summary>
    public Task<long?> CursorAsync(CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<long?>(GetCursor), cancellation);

    /// <summary>False when the lease is lost: another server goes on from the old place.</summary>
    public async Task<bool> MoveAsync(Lease lease, long sequence, CancellationToken cancellation)
    {
        var moved = await database.WriteAsync<bool>(
            async (session, _) => await leases.HoldsAsync(session, lease) && await session.ExecuteAsync(PutCursor, new { sequence }) == 1, cancellation);
        return moved.OrThrow();
    }

    /// <summary>Takes a call down as an event, once per delivery key; false when it was there already.</summary>
    public Task<Result<bool>> ReceiveAsync(string ns, string trigger, string uid, string delivery, JsonObject payload, CancellationToken cancellation) =>
        database.WriteAsync<bool>(
            async (session, _) =>
            {
                var now = time.GetUtcNow();
                if (await session.ExecuteAsync(AddDelivery, new { trigger = uid, delivery, now = Micros.Of(now) }) == 0)
                {
                    return false;
                }

                await session.ExecuteAsync(ForgetOld, new { before = Micros.Of(now - Remembered) });
                await session.AppendAsync(new EventDraft("trigger.webhook.received", ns, $"triggers/{trigger}", Encoding.UTF8.GetBytes(payload.ToJsonString())) { Actor = "webhook" });
                return true;
            },
            cancellation);
}
