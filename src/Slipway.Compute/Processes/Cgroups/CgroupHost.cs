using Slipway.Compute.Processes.Trees;

namespace Slipway.Compute.Processes.Cgroups;

/// <summary>Where this process may make control groups, found once: cgroup v2 to keep an attempt's processes together, and v2 or v1 to limit them.</summary>
internal sealed class CgroupHost
{
    private const string OwnFolder = "slipway";

    private CgroupHost(string? unified, string? memory, string? pids, string? cpu) => (Unified, Memory, Pids, Cpu) = (unified, memory, pids, cpu);

    /// <summary>The folder whose sub-folders are attempts, in the v2 tree; null where that cannot be written.</summary>
    public string? Unified { get; }

    /// <summary>The same for each controller: the v2 folder, or one in a v1 tree (the kernel gives a controller to one tree only).</summary>
    public string? Memory { get; }

    public string? Pids { get; }

    public string? Cpu { get; }

    public static CgroupHost None { get; } = new(null, null, null, null);

    /// <param name="parent">A folder below /sys/fs/cgroup given by the operator; null: the server's own group.</param>
    public static CgroupHost Detect(string? parent)
    {
        if (!OperatingSystem.IsLinux() || ProcFile.ReadText("/proc/self/mountinfo") is not { } mounts || ProcFile.ReadText("/proc/self/cgroup") is not { } own)
        {
            return None;
        }

        var trees = CgroupMounts.Read(mounts, own);
        var unified = parent ?? trees.Unified;
        var folder = unified is null ? null : Prepare(Path.Combine(unified, OwnFolder));
        var controllers = folder is null ? [] : Delegate(unified!, folder);
        return new CgroupHost(folder, Tree("memory", "memory"), Tree("pids", "pids"), Tree("cpu", "cpu"));

        string? Tree(string controller, string legacy) =>
            controllers.Contains(controller) ? folder
            : trees.Legacy.TryGetValue(legacy, out var path) ? Prepare(Path.Combine(path, OwnFolder))
            : null;
    }

    private static string? Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // A group that can be made is not always one that may be filled.
            using var procs = File.OpenHandle(Path.Combine(folder, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Hands the controllers down: from the server's group to ours, from ours to the attempts'.
    private static string[] Delegate(string parent, string folder)
    {
        var offered = Words(Path.Combine(parent, "cgroup.controllers")).Intersect(["memory", "pids", "cpu"]).ToArray();
        if (offered.Length == 0)
        {
            return [];
        }

        var wanted = string.Join(' ', offered.Select(c => "+" + c));
        if (!offered.All(Words(Path.Combine(parent, "cgroup.subtree_control")).Contains) && !CgroupFile.Write(Path.Combine(parent, "cgroup.subtree_control"), wanted))
        {
            // v2 allows no processes in a group that hands controllers down. When the server is alone in it, it moves aside.
            var inside = Words(Path.Combine(parent, "cgroup.procs"));
            var aside = Path.Combine(parent, OwnFolder + "-server");
            if (inside is not [var only] || only != Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)
                || Prepare(aside) is null || !CgroupFile.Write(Path.Combine(aside, "cgroup.procs"), only)
                || !CgroupFile.Write(Path.Combine(parent, "cgroup.subtree_control"), wanted))
            {
                return [];
            }
        }

        return CgroupFile.Write(Path.Combine(folder, "cgroup.subtree_control"), wanted) ? offered : [];
    }

    private static string[] Words(string file) => ProcFile.ReadText(file)?.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];
}
