using Slipway.Compute.Backends;
using Slipway.Compute.Processes;
using Slipway.Compute.Workloads;

namespace Slipway.Pipelines.Steps;

/// <summary>
/// The <c>sh</c> that a step's author had in mind is the image's: busybox or bash, which know <c>[[ ]]</c>, <c>==</c> and <c>set -o pipefail</c>. Debian's is dash,
/// which does not. Three of upstream's own samples fail under it, so a process gets bash where the machine has it.
/// </summary>
internal static class ProcessShells
{
    private static readonly Lazy<string?> Bash = new(() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append("/bin").Select(folder => Path.Combine(folder, "bash")).FirstOrDefault(File.Exists));

    public static Workload Rewrite(Workload workload, IComputeBackend backend) =>
        backend.Name == ProcessBackend.BackendName && workload.Command is ["sh" or "/bin/sh", ..] && Bash.Value is { } bash
            ? workload with { Command = [bash, .. workload.Command.Skip(1)] }
            : workload;
}
