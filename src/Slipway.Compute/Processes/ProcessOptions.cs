namespace Slipway.Compute.Processes;

/// <summary>Settings of the process backend.</summary>
public sealed record ProcessOptions
{
    /// <summary>Where attempts without a working folder of their own get one. Default: a folder of the system's temporary one.</summary>
    public string ScratchFolder { get; init; } = Path.Combine(Path.GetTempPath(), "slipway-scratch");

    /// <summary>
    /// The server's variables that workloads see. Nothing else of the server's environment gets through, so no database URL or key does.
    /// </summary>
    public IReadOnlyList<string> PassedVariables { get; init; } =
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>False: limits and the finding of runaway processes do without control groups, also where there are some.</summary>
    public bool UseCgroups { get; init; } = true;

    /// <summary>A cgroup v2 folder that this server may manage (systemd's Delegate=yes). Null: the server's own group.</summary>
    public string? CgroupParent { get; init; }

    /// <summary>How often limits that the kernel does not keep are looked at: disk, and memory without control groups. Default 200 ms.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>True: what the first process leaves behind goes on after its end. For commands that start services of their own.</summary>
    internal bool LeaveDescendants { get; init; }
}
