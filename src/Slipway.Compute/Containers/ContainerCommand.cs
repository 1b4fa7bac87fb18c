using System.Globalization;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Containers;

/// <summary>From a workload to the words after <c>podman</c> or <c>docker</c>. Pure.</summary>
internal static class ContainerCommand
{
    /// <summary>The label that every container of ours carries; its value is the attempt.</summary>
    public const string AttemptLabel = "slipway.attempt";

    public static string NameOf(string attempt) => "slipway-" + attempt;

    /// <param name="folder">The working folder on the host, mounted under its own path; null for none.</param>
    /// <param name="files">The server's own limit of open files: some runtimes ask for more than they may give, and fail.</param>
    public static List<string> Run(Workload workload, string? folder, ContainerOptions options, ulong files, ulong processes)
    {
        var words = new List<string>
        {
            "run", "--name", NameOf(workload.Attempt), "--label", $"{AttemptLabel}={workload.Attempt}", "--pull", options.Pull,
            "--ulimit", Limit("nofile", files), "--ulimit", Limit("nproc", processes), "--ulimit", "core=0:0",
        };
        foreach (var (name, value) in workload.Labels)
        {
            words.AddRange(["--label", $"{name}={value}"]);
        }

        var limits = workload.Resources;
        if (limits.MemoryBytes is { } memory)
        {
            // Swap counts in: a limit that swaps is a slow way to hang.
            words.AddRange(["--memory", Text(memory), "--memory-swap", Text(memory)]);
        }

        if (limits.Cpu is { } cpu)
        {
            words.AddRange(["--cpus", cpu.ToString("0.###", CultureInfo.InvariantCulture)]);
        }

        if (limits.Pids is { } pids)
        {
            words.AddRange(["--pids-limit", Text(pids)]);
        }

        if (limits.DiskBytes is { } disk)
        {
            words.AddRange(["--ulimit", $"fsize={disk}:{disk}"]);
        }

        if (limits.Accelerator is { Count: > 0 } accelerator)
        {
            words.AddRange(accelerator.Type.StartsWith("nvidia", StringComparison.Ordinal) ? ["--gpus", Text(accelerator.Count)] : ["--device", accelerator.Type]);
        }

        if (workload.Network != WorkloadNetwork.Bridge)
        {
            words.AddRange(["--network", workload.Network == WorkloadNetwork.Host ? "host" : "none"]);
        }

        if (folder is not null)
        {
            words.AddRange(["--volume", $"{folder}:{folder}", "--workdir", folder]);
        }

        foreach (var mount in workload.Mounts)
        {
            words.AddRange(["--volume", $"{mount.Source}:{mount.Target}" + (mount.ReadOnly ? ":ro" : "")]);
        }

        foreach (var (name, value) in workload.Env.Where(e => !workload.Secrets.Reveal().ContainsKey(e.Key)))
        {
            words.AddRange(["--env", $"{name}={value}"]);
        }

        foreach (var name in workload.Secrets.Names)
        {
            // By name only: the value comes from the runtime's own environment and never stands in a command line that others may list.
            words.AddRange(["--env", name]);
        }

        words.AddRange(options.RunArguments);
        if (workload.Command is [var program, ..])
        {
            words.AddRange(["--entrypoint", program]);
        }

        words.Add(workload.Image!);
        words.AddRange(workload.Command.Skip(1));
        words.AddRange(workload.Args);
        return words;
    }

    private static string Limit(string name, ulong value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}:{value}");

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
