namespace Slipway.Platform.Leases;

/// <summary>A lease held. <paramref name="Token"/> grows with every change of holder: whoever writes under it sends it along, and a store refuses older ones.</summary>
public sealed record Lease(string Name, string Holder, long Token, DateTimeOffset Until);

/// <summary>Exclusive, expiring ownership in the metadata database; one per name across all replicas.</summary>
public interface ILeases
{
    /// <summary>Takes or renews; null while somebody else holds it and it has not expired.</summary>
    Task<Lease?> TryAcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellation);

    Task<bool> ReleaseAsync(Lease lease, CancellationToken cancellation);

    /// <summary>Whether the lease is still the current one: asked inside the transaction that depends on it.</summary>
    Task<bool> HoldsAsync(Database.IReadSession session, Lease lease);
}
