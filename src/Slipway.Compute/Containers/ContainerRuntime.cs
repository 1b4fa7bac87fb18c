using System.Text;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Containers;

/// <summary>The runtime's command line program, run as a process like any other.</summary>
internal sealed class ContainerRuntime(ContainerOptions options, ProcessBackend processes)
{
    private long _calls;

    public string? Program => options.Program ?? (Exists("podman") ? "podman" : Exists("docker") ? "docker" : null);

    /// <summary>Starts one command and leaves its end to the caller.</summary>
    public async Task<Result<IRunningWorkload>> StartAsync(string program, IReadOnlyList<string> words, WorkloadSecrets secrets, ILogSink log, CancellationToken cancel) =>
        await processes.StartAsync(
            new Workload
            {
                Name = program,
                Attempt = $"cli-{Environment.ProcessId}-{Interlocked.Increment(ref _calls)}-{Guid.CreateVersion7():N}",
                Command = [program, .. options.GlobalArguments, .. words],
                Secrets = secrets,
                WorkingFolder = Path.GetTempPath(),
            },
            log,
            cancel);

    /// <summary>Runs one short command: its output, or its outcome when it failed.</summary>
    public async Task<(WorkloadOutcome Outcome, string Output)> AskAsync(IReadOnlyList<string> words, CancellationToken cancel)
    {
        if (Program is not { } program)
        {
            return (new WorkloadOutcome.CouldNotStart("neither podman nor docker is on this machine"), "");
        }

        var heard = new Heard();
        if (!(await StartAsync(program, words, WorkloadSecrets.None, heard, cancel)).TryGet(out var running, out var problem))
        {
            return (new WorkloadOutcome.CouldNotStart(problem.Message), "");
        }

        var outcome = await running.Completion;
        return (outcome, heard.Text);
    }

    private static bool Exists(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, name)));

    // Answers of the command line are short; what is longer is not one.
    private sealed class Heard : ILogSink
    {
        private const int Most = 1 << 20;
        private readonly MemoryStream _bytes = new();

        public string Text => Encoding.UTF8.GetString(_bytes.GetBuffer(), 0, (int)_bytes.Length);

        public void Write(LogStream stream, ReadOnlySpan<byte> bytes)
        {
            if (stream == LogStream.Output && _bytes.Length + bytes.Length <= Most)
            {
                _bytes.Write(bytes);
            }
        }

        public void Flush()
        {
        }
    }
}
