using System.Text;
using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>
/// Ends what a server that was killed has left. An attempt's processes are known by their control group, or by the variable that each of them inherited;
/// a number alone is never believed.
/// </summary>
internal static class ProcessRescue
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(WorkloadMarker[] markers, CgroupHost cgroups, string scratchFolder, CancellationToken cancel)
    {
        // After a reboot nothing can be left but folders, and the same numbers mean other processes.
        var wanted = markers.Where(m => m.Boot is null || m.Boot == ProcFile.Boot).Where(m => WorkloadCheck.IsAttempt(m.Attempt)).DistinctBy(m => m.Attempt).ToArray();
        var found = new HashSet<string>();
        var since = TimeProvider.System.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(2); wanted.Length > 0; wait *= 2)
        {
            var living = Living(wanted, cgroups);
            if (living.Count == 0 || TimeProvider.System.GetElapsedTime(since) > Patience)
            {
                break;
            }

            foreach (var (process, attempt) in living)
            {
                found.Add(attempt);
                ProcessTree.Signal(process, Signals.Kill);
            }

            await Task.Delay(wait < TimeSpan.FromMilliseconds(100) ? wait : TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel);
        }

        foreach (var marker in wanted)
        {
            Cgroup.Remove(Cgroup.FoldersOf(cgroups, marker.Attempt).Concat(marker.Cgroup is { } folder && Directory.Exists(folder) ? [folder] : []).Distinct());
            ProcessFolder.Remove(Path.Combine(scratchFolder, marker.Attempt));
        }

        return found.Count;
    }

    private static List<(ProcStat Process, string Attempt)> Living(WorkloadMarker[] markers, CgroupHost cgroups)
    {
        var found = new Dictionary<int, (ProcStat, string)>();
        foreach (var marker in markers)
        {
            foreach (var pid in Cgroup.FoldersOf(cgroups, marker.Attempt).SelectMany(Cgroup.MembersOf))
            {
                Take(pid, marker.Attempt);
            }

            // The session's first process as it was started: same number, same start. All of its session goes with it.
            if (marker is { Pid: { } first, StartTicks: { } ticks } && ProcFile.Stat(first)?.StartTicks == ticks)
            {
                Take(first, marker.Attempt);
            }
        }

        var attempts = markers.Select(m => m.Attempt).ToHashSet(StringComparer.Ordinal);
        var prefix = Encoding.UTF8.GetBytes(ProcessEnvironment.AttemptVariable + "=");
        foreach (var pid in ProcFile.Numbers("/proc").Where(p => p != Environment.ProcessId && !found.ContainsKey(p)))
        {
            if (ProcFile.ReadBytes($"/proc/{pid}/environ") is { Length: > 0 } environ && Value(environ, prefix) is { } attempt && attempts.Contains(attempt))
            {
                Take(pid, attempt);
            }
        }

        return [.. found.Values];

        void Take(int pid, string attempt)
        {
            if (pid != Environment.ProcessId && ProcFile.Stat(pid) is { IsDead: false } stat)
            {
                found[pid] = (stat, attempt);
            }
        }
    }

    private static string? Value(byte[] environ, byte[] prefix)
    {
        for (var at = 0; at < environ.Length;)
        {
            var length = environ.AsSpan(at).IndexOf((byte)0);
            length = length < 0 ? environ.Length - at : length;
            if (environ.AsSpan(at, length).StartsWith(prefix))
            {
                return Encoding.UTF8.GetString(environ, at + prefix.Length, length - prefix.Length);
            }

            at += length + 1;
        }

        return null;
    }
}
