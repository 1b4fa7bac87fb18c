using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Audit;

/// <param name="Events">How many events the log holds.</param>
/// <param name="Intact">Whether every event still carries the hash of all before it.</param>
/// <param name="FirstBroken">Sequence number of the first event that does not; null when intact.</param>
public sealed record AuditVerdict(long Events, bool Intact, long? FirstBroken);

/// <summary>The tamper-evident event log.</summary>
public sealed class AuditClient
{
    private readonly HttpTransport _transport;

    internal AuditClient(HttpTransport transport) => _transport = transport;

    /// <summary>Has the server recompute the whole hash chain.</summary>
    public Task<Result<AuditVerdict>> VerifyAsync(CancellationToken cancellation) =>
        _transport.GetAsync("api/slipway/v1/audit/verify", ClientJson.Default.AuditVerdict, cancellation);
}
