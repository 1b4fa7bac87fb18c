using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>The variables a workload's process starts with: a few of the server's, its own, its secrets, and the mark by which its processes are known.</summary>
internal static class ProcessEnvironment
{
    /// <summary>Every process of an attempt inherits it, daemons too, unless it clears its environment on purpose.</summary>
    public const string AttemptVariable = "SLIPWAY_ATTEMPT";

    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static Dictionary<string, string> Of(Workload workload, IReadOnlyList<string> passed, Func<string, string?> server)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in passed)
        {
            if (server(name) is { } value)
            {
                all[name] = value;
            }
        }

        all.TryAdd("PATH", UsualPath);
        // Without a locale Python and others take text for ASCII.
        all.TryAdd("LANG", "C.UTF-8");
        // Python holds its output back when nobody seems to watch; logs are followed.
        all["PYTHONUNBUFFERED"] = "1";
        foreach (var (name, value) in workload.Env)
        {
            all[name] = MountText.Rewrite(value, workload.Mounts);
        }

        foreach (var (name, value) in workload.Secrets.Reveal())
        {
            all[name] = value;
        }

        all[AttemptVariable] = workload.Attempt;
        return all;
    }
}
