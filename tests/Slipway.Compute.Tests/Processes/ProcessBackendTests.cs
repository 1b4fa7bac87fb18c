using System.Diagnostics;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Processes.Trees;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Processes;

/// <summary>The process backend with control groups where the system gives them.</summary>
public class ProcessBackendTests : ComputeBackendConformance
{
    protected override IComputeBackend Open() => new ProcessBackend(Options, TimeProvider.System);

    protected virtual ProcessOptions Options => new() { ScratchFolder = Folder.File("scratch"), WatchEvery = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task AFolderOfItsOwn_IsGoneAtTheEnd()
    {
        var (outcome, log) = await RunAsync(Shell("pwd; echo x > y"));
        Assert.True(outcome.IsSuccess);
        Assert.StartsWith(Folder.File("scratch"), log.Output[0], StringComparison.Ordinal);
        Assert.False(Directory.Exists(log.Output[0]));
    }

    [Fact]
    public async Task ADaemonThatClearsItsEnvironment_IsFoundWhileItsParentLives()
    {
        var mark = Mark();
        using var log = new LinesOf(Folder);
        var running = (await Open().StartAsync(Shell($"env -i setsid sleep 30{mark} >/dev/null 2>&1 & sleep 0.1; echo ready; sleep 60"), log.Writer, Token)).OrThrow();
        await log.WaitForAsync("ready");
        await running.KillAsync(TimeSpan.Zero);
        Assert.Empty(ProcessesWith(mark));
    }

    [Fact]
    public async Task AnInnocentWithTheSameNumber_IsNotKilled()
    {
        using var innocent = Process.Start("sleep", "60");
        try
        {
            var marker = new WorkloadMarker("process", "gone-long-ago") { Boot = ProcFile.Boot, Pid = innocent.Id, StartTicks = ProcFile.Stat(innocent.Id)!.Value.StartTicks - 1, Session = innocent.Id };
            Assert.Equal(0, await Open().RescueAsync([marker, marker with { Boot = "another", StartTicks = marker.StartTicks + 1 }, marker with { Backend = "container" }], Token));
            Assert.False(innocent.HasExited);
        }
        finally
        {
            innocent.Kill();
        }
    }

    [Fact]
    public async Task AnOrphanOfAServerThatIsGone_IsRescued()
    {
        // A parent that dies at once: the rest belongs to nobody, as after kill -9 of a server.
        var attempt = "orphan-" + Mark();
        var mark = Mark();
        var start = new ProcessStartInfo("sh", ["-c", $"setsid sh -c 'sleep 30{mark} & sleep 31{mark}' >/dev/null 2>&1 & sleep 31{mark} >/dev/null & exit 0"]) { Environment = { ["SLIPWAY_ATTEMPT"] = attempt } };
        using (var parent = Process.Start(start)!)
        {
            await parent.WaitForExitAsync(Token);
        }

        Assert.NotEmpty(ProcessesWith(mark));
        Assert.Equal(1, await Open().RescueAsync([new WorkloadMarker("process", attempt), new WorkloadMarker("process", "another-" + Mark())], Token));
        Assert.Empty(ProcessesWith(mark));
    }

    [Fact]
    public async Task AnImageAlone_OrNoNetwork_CouldNotStart()
    {
        var (imageOnly, _) = await RunAsync(Shell("true") with { Command = [], Args = [], Image = "busybox" });
        Assert.Contains("container backend", Assert.IsType<WorkloadOutcome.CouldNotStart>(imageOnly).Reason, StringComparison.Ordinal);
        var (noNetwork, _) = await RunAsync(Shell("true") with { Network = WorkloadNetwork.None });
        Assert.Contains("network", Assert.IsType<WorkloadOutcome.CouldNotStart>(noNetwork).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartsThatTheSystemRefuses_AreToldInWords()
    {
        async Task<string> Reason(params string[] command)
        {
            var (outcome, _) = await RunAsync(Shell("") with { Command = command, Args = [], WorkingFolder = Folder.FullPath });
            return Assert.IsType<WorkloadOutcome.CouldNotStart>(outcome).Reason;
        }

        await File.WriteAllTextAsync(Folder.File("plain"), "#!/bin/sh\n", Token);
        await File.WriteAllTextAsync(Folder.File("lost"), "#!/no/such/interpreter\n", Token);
        File.SetUnixFileMode(Folder.File("lost"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("may not be executed", await Reason("./plain"), StringComparison.Ordinal);
        Assert.Contains("interpreter", await Reason("./lost"), StringComparison.Ordinal);
        Assert.Contains("is a folder", await Reason("/"), StringComparison.Ordinal);
        Assert.Contains("128 KiB", await Reason("true", new string('x', 140_000)), StringComparison.Ordinal);
        Assert.Contains("empty", await Reason(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AScriptWithoutAnInterpreter_RunsInTheShell()
    {
        await File.WriteAllTextAsync(Folder.File("bare"), "echo \"bare $1\"\n", Token);
        File.SetUnixFileMode(Folder.File("bare"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (outcome, log) = await RunAsync(Shell("") with { Command = [Folder.File("bare")], Args = ["x"] });
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["bare x"], log.Output);
    }

    [Fact]
    public async Task AShellScriptForAnImage_MayUseWhatBashAndBusyboxKnow()
    {
        var workload = Shell("set -o pipefail; if [[ a == a* ]]; then echo \"$0\" both; fi") with { Image = "alpine" };
        foreach (var shell in new[] { "sh", "/bin/sh" })
        {
            var (outcome, log) = await RunAsync(workload with { Attempt = workload.Attempt + shell.Length, Command = [shell, "-ec"] });
            Assert.True(outcome.IsSuccess, outcome.Words);
            Assert.Equal([shell + " both"], log.Output);
        }
    }

    [Fact]
    public async Task TheReason_IsTheLastLineOfItsErrors_WithoutSecrets()
    {
        var workload = Shell("echo first >&2; echo \"ValueError: bad key $KEY\" >&2; exit 2") with { Secrets = WorkloadSecrets.Of([KeyValuePair.Create("KEY", "hunter22")]) };
        var (outcome, _) = await RunAsync(workload);
        Assert.Equal("It ended with exit code 2: ValueError: bad key ***", outcome.Words);
    }

    // The limit of a file's size cuts the child off at exactly the limit, and the shell goes on as if nothing had been.
    [Fact]
    public async Task AFileCutOffAtTheLimit_IsAFullDisk_AlsoWhenTheProgramEndsWell()
    {
        var (outcome, _) = await RunAsync(Shell("sleep 0.2; dd if=/dev/zero of=big bs=64k count=64 2>/dev/null; exit 0") with { Resources = new WorkloadResources { DiskBytes = 1 << 20 } });
        Assert.Equal(1 << 20, Assert.IsType<WorkloadOutcome.DiskFull>(outcome).LimitBytes);
    }

    [Fact]
    public async Task AFullDisk_IsToldFromItsWords()
    {
        var (outcome, _) = await RunAsync(Shell("echo 'dd: writing: No space left on device' >&2; exit 1"));
        Assert.IsType<WorkloadOutcome.DiskFull>(outcome);
    }

    [Fact]
    public async Task TheChild_HasASessionDefaultSignalsAndThreeDescriptors()
    {
        var (_, descriptors) = await RunAsync(Shell("") with { Command = ["ls", "/proc/self/fd"], Args = [] });
        Assert.Equal(["0", "1", "2", "3"], descriptors.Output); // the fourth is the folder that ls reads
        var (_, status) = await RunAsync(Shell("") with { Command = ["grep", "-E", "SigIgn|SigBlk", "/proc/self/status"], Args = [] });
        // 32 and 33 are the C library's own: it ignores them for whatever posix_spawn starts.
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000180000000"], status.Output);
        var (outcome, session) = await RunAsync(Shell("cut -d' ' -f6 /proc/$$/stat; echo $$; kill -13 $$"));
        Assert.Equal(13, Assert.IsType<WorkloadOutcome.Killed>(outcome).Signal);
        Assert.Equal(session.Output[1], session.Output[0]);
    }

    [Fact]
    public async Task Usage_CountsProcessorTimeAndMemory()
    {
        // dash holds x in memory and counts for a while.
        var (outcome, _) = await RunAsync(Shell("x=$(head -c 30000000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.3"));
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.True(outcome.Use.CpuUser > TimeSpan.FromMilliseconds(20), outcome.Use.ToString());
        Assert.True(outcome.Use.PeakMemoryBytes > 30_000_000, outcome.Use.ToString());
    }

    [Fact]
    public async Task NothingIsLeftOpen_AfterManyStarts()
    {
        var backend = Open();
        await backend.RunAsync(Shell("true"), NoLog.Instance, Token);
        for (var i = 0; i < 40; i++)
        {
            await backend.RunAsync(Shell("(sleep 0 &) ; exit 0"), NoLog.Instance, Token);
            await backend.RunAsync(Shell("true") with { Command = ["/no/such"] }, NoLog.Instance, Token);
        }

        // Others run at the same time in this process: only ours are counted.
        Assert.DoesNotContain(Directory.EnumerateFiles("/proc/self/fd").Select(LinkOf), l => l.Contains(Folder.FullPath, StringComparison.Ordinal));
        Assert.DoesNotContain(ProcFile.Children(Environment.ProcessId, Environment.ProcessId) ?? [], pid => ProcFile.Stat(pid) is { State: 'Z' } s && s.Session != ProcFile.Stat(Environment.ProcessId)!.Value.Session && IsOldZombie(s));
    }

    // Dead for more than two seconds and not taken.
    private static bool IsOldZombie(ProcStat stat) =>
        double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) - (stat.StartTicks / 100.0) > 30;

    private static string LinkOf(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}

/// <summary>The same where no control groups are to be had, as in most containers.</summary>
public sealed class ProcessBackendWithoutCgroupsTests : ProcessBackendTests
{
    protected override ProcessOptions Options => base.Options with { UseCgroups = false };
}
