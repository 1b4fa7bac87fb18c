using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes.Cgroups;
using Slipway.Compute.Processes.Native;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Processes;

/// <summary>Runs workloads as processes of this host, each in a session and a folder of its own. Linux only.</summary>
public sealed class ProcessBackend : IComputeBackend
{
    public const string BackendName = "process";

    private readonly ProcessOptions _options;
    private readonly TimeProvider _time;
    private readonly CgroupHost _cgroups;
    private readonly RunningProcesses _running = new();

    public ProcessBackend(ProcessOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _cgroups = options.UseCgroups ? CgroupHost.Detect(options.CgroupParent) : CgroupHost.None;
    }

    public string Name => BackendName;

    /// <summary>What of a workload's limits the kernel keeps here, for people: <c>memory, pids, cpu</c>, or less.</summary>
    public string KeptByKernel =>
        string.Join(", ", new[] { (_cgroups.Memory, "memory"), (_cgroups.Pids, "pids"), (_cgroups.Cpu, "cpu") }.Where(c => c.Item1 is not null).Select(c => c.Item2));

    public Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (WorkloadCheck.Check(workload) is { } problem)
        {
            return Task.FromResult<Result<IRunningWorkload>>(problem);
        }

        if (!_running.TryReserve(workload.Attempt))
        {
            return Task.FromResult<Result<IRunningWorkload>>(Problem.Conflict($"The attempt {workload.Attempt} is running already; every attempt needs an id of its own"));
        }

        IRunningWorkload? started = null;
        try
        {
            started = Start(workload, log);
            return Task.FromResult(Result.From(started));
        }
        finally
        {
            if (started is RunningProcess running)
            {
                _ = running.Completion.ContinueWith(_ => _running.Release(workload.Attempt), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            else
            {
                _running.Release(workload.Attempt);
            }
        }
    }

    public Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel) =>
        ProcessRescue.RunAsync([.. markers.Where(m => m.Backend == Name && !_running.Has(m.Attempt))], _cgroups, _options.ScratchFolder, cancel);

    private IRunningWorkload Start(Workload workload, ILogSink log)
    {
        var marker = new WorkloadMarker(Name, workload.Attempt) { Boot = ProcFile.Boot };
        IRunningWorkload Refuse(string reason) => new EndedWorkload(marker, new WorkloadOutcome.CouldNotStart(reason));

        if (!OperatingSystem.IsLinux())
        {
            return Refuse("processes with limits need Linux; choose the container backend on this machine");
        }

        if (workload.Network == WorkloadNetwork.None)
        {
            return Refuse("a process cannot be kept from the network; choose the container backend, or allow the host's network");
        }

        if (workload.CommandLine is not [var program, ..])
        {
            return Refuse("it has no command, only an image; choose the container backend, or give it a command");
        }

        ProcessFolder folder;
        try
        {
            folder = ProcessFolder.Prepare(workload, _options.ScratchFolder, seesMounts: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse($"its working folder cannot be made: {e.Message}");
        }

        var environment = ProcessEnvironment.Of(workload, _options.PassedVariables, Environment.GetEnvironmentVariable);
        var wanted = workload.Image is null ? program : ProgramPath.ShellOfAnImage(program);
        if (ProgramPath.Find(MountText.Rewrite(wanted, workload.Mounts), folder.Path, environment["PATH"], out var reason) is not { } path)
        {
            folder.RemoveIfOwn();
            return Refuse(reason!);
        }

        ProcessTree.AdoptOrphans();
        var argv = workload.CommandLine.Select(a => MountText.Rewrite(a, workload.Mounts)).ToArray();
        var variables = environment.Select(v => $"{v.Key}={v.Value}").ToArray();
        var cgroup = Cgroup.Create(_cgroups, workload.Attempt, workload.Resources);
        var startedAt = _time.GetTimestamp();
        var error = Spawner.Start(path, argv, variables, folder.Path, out var spawned);
        if (error == Libc.ENOEXEC)
        {
            // A script without a first line that names its interpreter: what a shell does with it.
            error = Spawner.Start("/bin/sh", ["/bin/sh", path, .. argv.Skip(1)], variables, folder.Path, out spawned);
        }

        if (error != 0)
        {
            cgroup?.Remove();
            folder.RemoveIfOwn();
            return Refuse(ProgramPath.Explain(error, path, argv));
        }

        KnownChildren.Add(spawned.Pid);
        return RunningProcess.Attach(workload, marker, spawned, cgroup, folder, log, startedAt, _options, _time);
    }
}
