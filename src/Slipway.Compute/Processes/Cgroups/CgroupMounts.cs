namespace Slipway.Compute.Processes.Cgroups;

/// <summary>The control groups this process is in, as paths: pure reading of /proc/self/mountinfo and /proc/self/cgroup.</summary>
/// <param name="Unified">Its folder in the v2 tree.</param>
/// <param name="Legacy">Its folder in each v1 tree, by controller.</param>
internal sealed record CgroupMounts(string? Unified, IReadOnlyDictionary<string, string> Legacy)
{
    public static CgroupMounts Read(string mountinfo, string membership)
    {
        string? unifiedAt = null;
        var legacyAt = new Dictionary<string, string>();
        foreach (var line in mountinfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // proc(5): id parent major:minor root mountpoint options ... - type source superoptions
            var halves = line.Split(" - ", 2);
            if (halves.Length < 2 || halves[0].Split(' ') is not { Length: > 4 } left || halves[1].Split(' ') is not { Length: > 2 } right)
            {
                continue;
            }

            if (right[0] == "cgroup2")
            {
                unifiedAt ??= left[4];
            }
            else if (right[0] == "cgroup")
            {
                foreach (var controller in right[2].Split(','))
                {
                    legacyAt.TryAdd(controller, left[4]);
                }
            }
        }

        string? unified = null;
        var legacy = new Dictionary<string, string>();
        foreach (var line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
            {
                continue;
            }

            if (controllers.Length == 0 && unifiedAt is not null)
            {
                unified = Join(unifiedAt, path);
            }

            foreach (var controller in controllers.Split(','))
            {
                if (legacyAt.TryGetValue(controller, out var at))
                {
                    legacy[controller] = Join(at, path);
                }
            }
        }

        return new CgroupMounts(unified, legacy);
    }

    // In a container without a namespace for groups the path is the host's and not below the mount.
    private static string Join(string mount, string path) => path == "/" || path.Contains("..", StringComparison.Ordinal) || !Directory.Exists(mount + path) ? mount : mount + path;
}
