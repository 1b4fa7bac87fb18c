using System.Globalization;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes.Cgroups;

/// <summary>The control groups of one attempt: one folder in the v2 tree, and one in each v1 tree that is needed for a limit.</summary>
internal sealed class Cgroup
{
    private readonly CgroupHost _host;
    private readonly string? _unified;
    private readonly List<string> _folders = [];
    private readonly string? _memory;

    private Cgroup(CgroupHost host, string attempt, WorkloadResources limits)
    {
        _host = host;
        _unified = Make(host.Unified, attempt);
        if (limits.MemoryBytes is { } memory && Make(host.Memory, attempt) is { } m)
        {
            // Without room in swap as well a limit is kept at once; the second line is refused where swap is not counted.
            LimitsMemory = IsUnified(host.Memory) ? Set(m, "memory.max", memory) && (Set(m, "memory.swap.max", 0) || true)
                : Set(m, "memory.limit_in_bytes", memory) && (Set(m, "memory.memsw.limit_in_bytes", memory) || true);
            _memory = LimitsMemory ? m : null;
        }

        if (limits.Pids is { } pids && Make(host.Pids, attempt) is { } p)
        {
            LimitsPids = Set(p, "pids.max", pids);
        }

        if (limits.Cpu is { } cpu && Make(host.Cpu, attempt) is { } c)
        {
            // 100 ms periods, the kernel's default; 1 ms is the least share it takes.
            const long period = 100_000;
            var share = Math.Max(1000, (long)(cpu * period));
            LimitsCpu = IsUnified(host.Cpu)
                ? CgroupFile.Write(Path.Combine(c, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{share} {period}"))
                : Set(c, "cpu.cfs_period_us", period) && Set(c, "cpu.cfs_quota_us", share);
        }
    }

    public bool LimitsMemory { get; }

    public bool LimitsPids { get; }

    public bool LimitsCpu { get; }

    /// <summary>The v2 folder, for the marker.</summary>
    public string? Folder => _unified;

    /// <summary>Null when there is nothing to keep it in.</summary>
    public static Cgroup? Create(CgroupHost host, string attempt, WorkloadResources limits)
    {
        var group = new Cgroup(host, attempt, limits);
        return group._folders.Count == 0 ? null : group;
    }

    /// <summary>The folders that an attempt would have had, for the rescue.</summary>
    public static IEnumerable<string> FoldersOf(CgroupHost host, string attempt) =>
        new[] { host.Unified, host.Memory, host.Pids, host.Cpu }.OfType<string>().Distinct().Select(f => Path.Combine(f, attempt)).Where(Directory.Exists);

    public void Take(int pid)
    {
        foreach (var folder in _folders)
        {
            CgroupFile.Write(Path.Combine(folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The living processes in it.</summary>
    public IEnumerable<int> Members() => _unified is null ? [] : MembersOf(_unified);

    public static IEnumerable<int> MembersOf(string folder) =>
        (ProcFile.ReadText(Path.Combine(folder, "cgroup.procs")) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(pid => pid > 0);

    /// <summary>Ends all in it at once (Linux 5.14), so that none can fork away meanwhile. False where that is not to be had.</summary>
    public bool Kill() => _unified is not null && KillAll(_unified);

    public static bool KillAll(string folder) => CgroupFile.Write(Path.Combine(folder, "cgroup.kill"), "1");

    /// <summary>How often the kernel killed something in it for memory.</summary>
    public long OutOfMemoryKills()
    {
        if (_memory is null)
        {
            return 0;
        }

        var text = ProcFile.ReadText(Path.Combine(_memory, IsUnified(_host.Memory) ? "memory.events" : "memory.oom_control")) ?? "";
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith("oom_kill ", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan("oom_kill ".Length), CultureInfo.InvariantCulture, out var kills) ? kills : 0;
    }

    public long? PeakMemory()
    {
        var text = _memory is null ? null : ProcFile.ReadText(Path.Combine(_memory, IsUnified(_host.Memory) ? "memory.peak" : "memory.max_usage_in_bytes"));
        return long.TryParse(text, CultureInfo.InvariantCulture, out var peak) ? peak : null;
    }

    /// <summary>When nothing lives in it any more.</summary>
    public void Remove() => Remove(_folders);

    public static void Remove(IEnumerable<string> folders)
    {
        foreach (var folder in folders)
        {
            try
            {
                // Not recursive: the control files cannot be deleted and go with the folder.
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A process that could not be killed keeps it (uninterruptible sleep); the next rescue finds it.
            }
        }
    }

    private bool IsUnified(string? tree) => tree is not null && tree == _host.Unified;

    private string? Make(string? tree, string attempt)
    {
        if (tree is null)
        {
            return null;
        }

        var folder = Path.Combine(tree, attempt);
        if (_folders.Contains(folder))
        {
            return folder;
        }

        try
        {
            Directory.CreateDirectory(folder);
            _folders.Add(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool Set(string folder, string file, long value) => CgroupFile.Write(Path.Combine(folder, file), value.ToString(CultureInfo.InvariantCulture));
}
