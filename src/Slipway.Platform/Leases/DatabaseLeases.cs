using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Platform.Leases;

/// <summary>
/// Leases as rows. Expiry is judged by the clock of whoever asks, so replicas' clocks must agree to well within a lease's duration; the fencing token
/// guards what time cannot.
/// </summary>
internal sealed class DatabaseLeases(IDatabase database, TimeProvider time) : ILeases
{
    public async Task<Lease?> TryAcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellation)
    {
        // Most asking is in vain, while another holds it: that must not cost a write.
        var seen = await database.ReadAsync((session, _) => LeaseStore.FindAsync(session, name), cancellation);
        if (IsHeldByAnother(seen, holder))
        {
            return null;
        }

        var taken = await database.WriteAsync<Lease?>(
            async (session, _) =>
            {
                var row = await LeaseStore.FindAsync(session, name);
                if (IsHeldByAnother(row, holder))
                {
                    return default(Lease);
                }

                // Between its expiry and now somebody may have acted without it, so taking it up again counts as a change of holder.
                var renews = row is not null && row.Holder == holder && row.Until > time.GetUtcNow();
                var lease = new Lease(name, holder, renews ? row!.Token : (row?.Token ?? 0) + 1, Micros.ToTime(Micros.Of(time.GetUtcNow() + duration)));
                await LeaseStore.PutAsync(session, lease);
                return lease;
            },
            cancellation);
        return taken.OrThrow();
    }

    public async Task<bool> ReleaseAsync(Lease lease, CancellationToken cancellation)
    {
        var released = await database.WriteAsync<bool>(
            async (session, _) => await LeaseStore.EndAsync(session, lease, time.GetUtcNow()) > 0, cancellation);
        return released.OrThrow();
    }

    public async Task<bool> HoldsAsync(IReadSession session, Lease lease) =>
        await LeaseStore.FindAsync(session, lease.Name) is { } row
        && row.Token == lease.Token && row.Holder == lease.Holder && row.Until > time.GetUtcNow();

    /// <summary>For a database that one process owns: whoever held a lease is dead, and waiting for it to expire would only delay the start.</summary>
    public async Task<Result<int>> EndAllAsync(CancellationToken cancellation) =>
        await database.WriteAsync<int>(async (session, _) => await LeaseStore.EndAllAsync(session), cancellation);

    private bool IsHeldByAnother(LeaseRow? row, string holder) => row is not null && row.Holder != holder && row.Until > time.GetUtcNow();
}
