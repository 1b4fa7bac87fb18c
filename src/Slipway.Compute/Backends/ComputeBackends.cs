using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Backends;

/// <summary>The backends of this server, chosen by name.</summary>
public sealed class ComputeBackends
{
    private readonly Dictionary<string, IComputeBackend> _backends;
    private readonly string _default;

    /// <param name="backends">The first is the one taken when nobody names one.</param>
    public ComputeBackends(params IReadOnlyList<IComputeBackend> backends)
    {
        ArgumentOutOfRangeException.ThrowIfZero(backends.Count);
        _backends = backends.ToDictionary(b => b.Name, StringComparer.Ordinal);
        _default = backends[0].Name;
    }

    public IReadOnlyCollection<string> Names => _backends.Keys;

    /// <summary>The backend of that name; null or empty for the default. Invalid, with the names there are, for any other.</summary>
    public Result<IComputeBackend> Get(string? name) =>
        _backends.TryGetValue(string.IsNullOrEmpty(name) ? _default : name, out var backend)
            ? Result.From(backend)
            : Problem.Invalid($"There is no compute backend \"{name}\"; there are: {string.Join(", ", _backends.Keys.Order(StringComparer.Ordinal))}");

    /// <summary>
    /// Ends what an earlier server has left running. Call it at start with the markers of every attempt that this host has not seen the end of.
    /// Answers for how many attempts something was found.
    /// </summary>
    public async Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel)
    {
        var found = 0;
        foreach (var group in markers.GroupBy(m => m.Backend, StringComparer.Ordinal))
        {
            if (_backends.TryGetValue(group.Key, out var backend))
            {
                found += await backend.RescueAsync([.. group], cancel);
            }
        }

        return found;
    }
}

public static class ComputeBackendRuns
{
    /// <summary>Starts it and waits for its end; a workload that is wrong ends as one that could not start. Cancelling kills it.</summary>
    public static async Task<WorkloadOutcome> RunAsync(this IComputeBackend backend, Workload workload, ILogSink log, CancellationToken cancel)
    {
        if (!(await backend.StartAsync(workload, log, cancel)).TryGet(out var running, out var problem))
        {
            return new WorkloadOutcome.CouldNotStart(problem.Message);
        }

        await using var _ = cancel.Register(() => running.KillAsync().ContinueWith(static _ => { }, TaskScheduler.Default)).ConfigureAwait(false);
        return await running.Completion;
    }
}
