using System.Collections.Concurrent;

namespace Slipway.Compute.Processes.Trees;

/// <summary>The children that this process started as workloads and has not reaped yet. All others below it were adopted, or are .NET's.</summary>
internal static class KnownChildren
{
    private static readonly ConcurrentDictionary<int, byte> Known = new();

    public static void Add(int pid) => Known[pid] = 0;

    public static void Remove(int pid) => Known.TryRemove(pid, out _);

    public static bool Has(int pid) => Known.ContainsKey(pid);
}
