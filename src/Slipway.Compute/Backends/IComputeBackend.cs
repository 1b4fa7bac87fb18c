using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Backends;

/// <summary>Runs workloads: <c>process</c>, <c>container</c>, <c>kubernetes</c>. Safe to call from many threads.</summary>
public interface IComputeBackend
{
    /// <summary>The name that specs choose it by.</summary>
    string Name { get; }

    /// <summary>The digest of an image as this backend would run it now, such as <c>sha256:...</c>, for cache keys and lineage; null when it is not here, or images mean nothing here.</summary>
    Task<string?> FindImageDigestAsync(string image, CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>
    /// Starts the workload and answers at once. A problem (Invalid, with every fault) only when the workload itself is wrong for any machine; all that
    /// the machine lacks (a program, a runtime, an image) is a running workload that has ended with <see cref="WorkloadOutcome.CouldNotStart"/>.
    /// The token ends the start only, never the workload: see <see cref="IRunningWorkload.KillAsync"/>.
    /// </summary>
    Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancel);

    /// <summary>
    /// Ends what a server that is gone has left running, and answers for how many attempts something was found. Only markers of this backend are looked at.
    /// When it comes back, nothing of those attempts runs any more.
    /// </summary>
    Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel);
}
