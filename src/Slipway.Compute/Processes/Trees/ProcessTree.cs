using System.Text;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes.Trees;

/// <summary>
/// Finds every process that comes from one attempt. The server makes itself the one that orphans fall to (PR_SET_CHILD_SUBREAPER), so when an attempt's
/// first process is gone, all that is left of it hangs below the server: one short file tells whether there is anything, without a walk over /proc.
/// </summary>
internal sealed class ProcessTree(int first, string attempt)
{
    private readonly byte[] _variable = Encoding.UTF8.GetBytes($"{ProcessEnvironment.AttemptVariable}={attempt}");
    private readonly HashSet<int> _sessions = [first];

    /// <summary>Makes orphans of children fall to this process. Harmless twice.</summary>
    public static void AdoptOrphans() => _ = Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    /// <summary>
    /// Living processes of the attempt: those below its first one, adopted ones that carry its variable or a session seen before, and all below them.
    /// Reaps adopted ones that are dead.
    /// </summary>
    /// <param name="alsoThese">Numbers known from elsewhere, such as the attempt's control group.</param>
    public List<ProcStat> Living(IEnumerable<int> alsoThese)
    {
        var found = new Dictionary<int, ProcStat>();
        var queue = new Queue<int>(alsoThese);
        if (KnownChildren.Has(first))
        {
            // Once it is reaped its number may be another's, and its children hang below the server.
            queue.Enqueue(first);
        }

        foreach (var child in Adopted())
        {
            if (child.IsDead)
            {
                Reap(child);
            }
            else if (_sessions.Contains(child.Session) || ProcFile.HasVariable(child.Pid, _variable))
            {
                queue.Enqueue(child.Pid);
            }
        }

        while (queue.TryDequeue(out var pid))
        {
            if (pid == Environment.ProcessId || found.ContainsKey(pid) || ProcFile.Stat(pid) is not { } stat)
            {
                continue;
            }

            // Children of the dead have been handed on already.
            if (!stat.IsDead)
            {
                found.Add(pid, stat);
                _sessions.Add(stat.Session);
                foreach (var thread in ProcFile.Numbers($"/proc/{pid}/task"))
                {
                    ProcFile.Children(pid, thread)?.ForEach(queue.Enqueue);
                }
            }
        }

        return [.. found.Values];
    }

    /// <summary>False when the server has no adopted children at all, which is how an attempt nearly always ends.</summary>
    public static bool MayHaveOrphans() => Adopted().Any();

    /// <summary>Sends the signal, unless the number has been given to another process meanwhile.</summary>
    public static void Signal(ProcStat process, int signal)
    {
        var pidfd = Libc.PidfdOpen(process.Pid);
        if (pidfd < 0)
        {
            return;
        }

        // The descriptor names whatever has the number now: the start time tells whether that is still the one meant.
        if (ProcFile.Stat(process.Pid) is { } now && now.StartTicks == process.StartTicks)
        {
            _ = Libc.PidfdSendSignal(pidfd, signal);
        }

        _ = Libc.close(pidfd);
    }

    // Orphans fall to the first living thread of the process, which is its main thread.
    private static IEnumerable<ProcStat> Adopted()
    {
        var self = Environment.ProcessId;
        var children = ProcFile.Children(self, self) ?? ProcFile.Numbers("/proc").Where(pid => ProcFile.Stat(pid)?.Parent == self);
        foreach (var pid in children)
        {
            if (!KnownChildren.Has(pid) && ProcFile.Stat(pid) is { } stat)
            {
                yield return stat;
            }
        }
    }

    // Children that .NET's own Process class started are its to reap; those stay in the server's session.
    private static unsafe void Reap(ProcStat child)
    {
        if (child.Session != OwnSession.Value)
        {
            int status;
            _ = Libc.wait4(child.Pid, &status, Libc.WNOHANG, null);
        }
    }

    private static readonly Lazy<int> OwnSession = new(() => ProcFile.Stat(Environment.ProcessId)?.Session ?? 0);
}
