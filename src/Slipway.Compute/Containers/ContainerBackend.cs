using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Containers;

/// <summary>Runs workloads in containers through the command line of podman or docker.</summary>
public sealed class ContainerBackend : IComputeBackend
{
    public const string BackendName = "container";

    private readonly ContainerOptions _options;
    private readonly TimeProvider _time;
    private readonly ContainerRuntime _runtime;
    private readonly RunningProcesses _running = new();

    public ContainerBackend(ContainerOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        // The runtime's monitor of a container must outlive the command that starts it.
        _runtime = new ContainerRuntime(options, new ProcessBackend(new ProcessOptions { UseCgroups = false, LeaveDescendants = true }, time));
    }

    public string Name => BackendName;

    public async Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (WorkloadCheck.Check(workload) is { } problem)
        {
            return problem;
        }

        var marker = new WorkloadMarker(Name, workload.Attempt) { Boot = ProcFile.Boot, Container = ContainerCommand.NameOf(workload.Attempt) };
        Result<IRunningWorkload> Refuse(string reason) => new EndedWorkload(marker, new WorkloadOutcome.CouldNotStart(reason));

        if (string.IsNullOrWhiteSpace(workload.Image))
        {
            return Refuse("it names no image, and containers need one; give it one, or choose the process backend");
        }

        if (workload.Image.StartsWith('-') || workload.Image.Any(char.IsWhiteSpace))
        {
            return Refuse($"\"{workload.Image}\" is not an image's name; it is like registry/name:tag or registry/name@sha256:...");
        }

        if (_runtime.Program is not { } program)
        {
            return Refuse("neither podman nor docker is on this machine; install one of them, or choose the process backend");
        }

        if (!_running.TryReserve(workload.Attempt))
        {
            return Problem.Conflict($"The attempt {workload.Attempt} is running already; every attempt needs an id of its own");
        }

        var ownFolder = workload.WorkingFolder is null && workload.Files.Count > 0 ? Path.Combine(_options.ScratchFolder, workload.Attempt) : null;
        try
        {
            if (workload.WorkingFolder is not null || ownFolder is not null)
            {
                ProcessFolder.Prepare(workload, _options.ScratchFolder, seesMounts: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _running.Release(workload.Attempt);
            return Refuse($"its working folder cannot be made: {e.Message}");
        }

        var folder = workload.WorkingFolder ?? ownFolder;
        var words = ContainerCommand.Run(workload, folder, _options, OwnLimits.OpenFiles, OwnLimits.Processes);
        if (!(await _runtime.StartAsync(program, words, workload.Secrets, log, cancel)).TryGet(out var attached, out var wrong))
        {
            _running.Release(workload.Attempt);
            return wrong;
        }

        var running = new RunningContainer(workload, marker, _runtime, attached, folder, ownFolder, _options, _time);
        _ = running.Completion.ContinueWith(_ => _running.Release(workload.Attempt), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return running;
    }

    public async Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel)
    {
        var wanted = markers.Where(m => m.Backend == Name && WorkloadCheck.IsAttempt(m.Attempt) && !_running.Has(m.Attempt)).Select(m => ContainerCommand.NameOf(m.Attempt)).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0 || _runtime.Program is null)
        {
            return 0;
        }

        var (_, output) = await _runtime.AskAsync(["ps", "--all", "--filter", $"label={ContainerCommand.AttemptLabel}", "--format", "{{.Names}}"], cancel);
        var left = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(wanted.Contains).ToArray();
        if (left.Length > 0)
        {
            await _runtime.AskAsync(["rm", "--force", "--volumes", .. left], cancel);
        }

        return left.Length;
    }

    public async Task<string?> FindImageDigestAsync(string image, CancellationToken cancel)
    {
        if (image.StartsWith('-'))
        {
            return null;
        }

        var (outcome, output) = await _runtime.AskAsync(["image", "inspect", "--format", "{{.Id}}", image], cancel);
        var id = output.Trim();
        return !outcome.IsSuccess || id.Length == 0 ? null : id.StartsWith("sha256:", StringComparison.Ordinal) ? id : "sha256:" + id;
    }
}
