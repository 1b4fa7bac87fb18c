using System.Collections.Concurrent;

namespace Slipway.Compute.Processes;

/// <summary>The attempts that this backend has in hand: an id is started once, and a rescue leaves them alone.</summary>
internal sealed class RunningProcesses
{
    private readonly ConcurrentDictionary<string, byte> _attempts = new(StringComparer.Ordinal);

    public bool TryReserve(string attempt) => _attempts.TryAdd(attempt, 0);

    public void Release(string attempt) => _attempts.TryRemove(attempt, out _);

    public bool Has(string attempt) => _attempts.ContainsKey(attempt);
}
