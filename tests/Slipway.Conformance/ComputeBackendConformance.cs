using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;

namespace Slipway.Conformance;

/// <summary>What every compute backend must do alike. Workloads are small shell scripts, so that any image with a shell will do.</summary>
public abstract class ComputeBackendConformance : IDisposable
{
    private static int s_attempts;

    protected TempFolder Folder { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The backend as one server has it. Skips the test, with the reason, where it cannot be had.</summary>
    protected abstract IComputeBackend Open();

    /// <summary>What ends the workload's first process by that signal.</summary>
    protected virtual string EndedBy(int signal) => $"kill -{signal} $$";

    protected virtual Workload Shell(string script) => new()
    {
        Name = "test",
        Attempt = $"test-{Environment.ProcessId}-{Interlocked.Increment(ref s_attempts)}",
        Command = ["sh", "-c"],
        Args = [script],
        GracePeriod = TimeSpan.FromSeconds(5),
    };

    [Fact]
    public async Task Success_IsToldWithItsOutput()
    {
        var (outcome, log) = await RunAsync(Shell("echo out; echo err >&2; printf 'no end'"));
        Assert.IsType<WorkloadOutcome.Succeeded>(outcome);
        Assert.Equal("out|no end", string.Join('|', log.Output));
        Assert.Equal(["err"], log.Error);
        Assert.True(outcome.Use.Wall > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(77)]
    public async Task ExitCode_IsTold(int code)
    {
        var (outcome, _) = await RunAsync(Shell($"exit {code}"));
        Assert.Equal(code, Assert.IsType<WorkloadOutcome.Failed>(outcome).ExitCode);
        Assert.Contains($"exit code {code}", outcome.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(6, "SIGABRT")]
    public async Task Signal_IsToldByName(int signal, string name)
    {
        var (outcome, _) = await RunAsync(Shell(EndedBy(signal)));
        Assert.Equal(signal, Assert.IsType<WorkloadOutcome.Killed>(outcome).Signal);
        Assert.Contains(name, outcome.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooMuchMemory_IsToldApartFromASignal()
    {
        var workload = Shell("x=0123456789; while :; do x=$x$x; done") with { Resources = new WorkloadResources { MemoryBytes = 48 << 20 } };
        var (outcome, _) = await RunAsync(workload);
        Assert.Equal(48 << 20, Assert.IsType<WorkloadOutcome.OutOfMemory>(outcome).LimitBytes);
        Assert.Contains("48 MiB", outcome.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunningTooLong_IsTimedOut()
    {
        var (outcome, _) = await RunAsync(Shell("sleep 300") with { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<WorkloadOutcome.TimedOut>(outcome).After);
        Assert.InRange(outcome.Use.Wall.TotalSeconds, 0.9, 60);
    }

    [Fact]
    public async Task ATimeoutOfYears_IsNone()
    {
        var (outcome, _) = await RunAsync(Shell("exit 0") with { Timeout = TimeSpan.FromDays(10_000), GracePeriod = TimeSpan.FromDays(10_000) });
        Assert.True(outcome.IsSuccess, outcome.Words);
    }

    [Fact]
    public async Task Cancelled_MayEndByItself()
    {
        using var log = new LinesOf(Folder);
        var running = (await Open().StartAsync(Shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"), log.Writer, Token)).OrThrow();
        await log.WaitForAsync("ready");
        await running.KillAsync();
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
        Assert.Equal(["ready", "bye"], log.Output);

        // After the end it does no harm.
        await running.KillAsync(TimeSpan.Zero);
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
    }

    [Fact]
    public async Task Cancelled_EndsWhatDoesNotListen()
    {
        using var log = new LinesOf(Folder);
        var running = (await Open().StartAsync(Shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"), log.Writer, Token)).OrThrow();
        await log.WaitForAsync("ready");
        await running.KillAsync(TimeSpan.FromMilliseconds(100));
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
    }

    [Fact]
    public async Task WhatForksAndHangs_IsGoneAtTheEnd()
    {
        var mark = Mark();
        var (outcome, _) = await RunAsync(Shell($"sleep 30{mark} & (sleep 31{mark} &) ; setsid sleep 32{mark} & (setsid sh -c 'sleep 33{mark} & sleep 34{mark}' >/dev/null 2>&1 &) ; sleep 0.1; exit 4"));
        Assert.Equal(4, Assert.IsType<WorkloadOutcome.Failed>(outcome).ExitCode);
        Assert.Empty(ProcessesWith(mark));
    }

    [Fact]
    public async Task WhatForksAndHangs_IsGoneWhenKilled()
    {
        var mark = Mark();
        using var log = new LinesOf(Folder);
        var script = $"sleep 30{mark} & setsid sleep 32{mark} & (setsid sh -c 'sleep 33{mark} & sleep 34{mark}' &) ; sleep 0.1; echo ready; sleep 35{mark}";
        var running = (await Open().StartAsync(Shell(script), log.Writer, Token)).OrThrow();
        await log.WaitForAsync("ready");
        Assert.NotEmpty(ProcessesWith(mark));
        await running.KillAsync(TimeSpan.Zero);
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
        Assert.Empty(ProcessesWith(mark));
    }

    [Theory]
    [InlineData("head -c 50000000 /dev/zero > big; sleep 1")]
    [InlineData("i=0; while :; do head -c 100000 /dev/zero > f$i; i=$((i+1)); done")]
    public async Task FillingTheDisk_IsStopped(string script)
    {
        var folder = Directory.CreateDirectory(Folder.File("fill")).FullName;
        var workload = Shell($"{script}; exit 1") with { WorkingFolder = folder, Resources = new WorkloadResources { DiskBytes = 2_000_000 } };
        var (outcome, _) = await RunAsync(workload);
        Assert.Equal(2_000_000, Assert.IsType<WorkloadOutcome.DiskFull>(outcome).LimitBytes);
    }

    [Fact]
    public async Task Environment_IsItsOwn_AndNothingOfTheServers()
    {
        Environment.SetEnvironmentVariable("SLIPWAY_TEST_SERVER_KEY", "must not get through");
        var workload = Shell("echo \"$PLAIN|$HIDDEN\"; env") with
        {
            Env = new Dictionary<string, string> { ["PLAIN"] = "a b\n\"'c", ["HIDDEN"] = "shown" },
            Secrets = WorkloadSecrets.Of([KeyValuePair.Create("HIDDEN", "s3cr3t")]),
        };
        var (outcome, log) = await RunAsync(workload);
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["a b", "\"'c|s3cr3t"], log.Output.Take(2));
        Assert.DoesNotContain(log.Output, line => line.Contains("SLIPWAY_TEST_SERVER_KEY", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cr3t", workload.ToString() + workload.Secrets, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_Folder_AndMounts_AreThere()
    {
        var work = Folder.File("work");
        Directory.CreateDirectory(Folder.File("data"));
        await File.WriteAllTextAsync(Folder.File("data/in.txt"), "from the host\n", Token);
        var workload = Shell($"cat given/a.txt /mnt/slipway-data/in.txt; cat $WHERE/in.txt; echo made > made.txt; pwd; read x && echo \"stdin: $x\"; true") with
        {
            WorkingFolder = work,
            Files = [new WorkloadFile("given/a.txt", "a file\n")],
            Mounts = [new WorkloadMount(Folder.File("data"), "/mnt/slipway-data")],
            Env = new Dictionary<string, string> { ["WHERE"] = "/mnt/slipway-data" },
        };
        var (outcome, log) = await RunAsync(workload);
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["a file", "from the host", "from the host", work], log.Output);
        Assert.Equal("made\n", await File.ReadAllTextAsync(Path.Combine(work, "made.txt"), Token));
    }

    [Fact]
    public async Task AMissingProgram_CouldNotStart()
    {
        var (outcome, _) = await RunAsync(Shell("") with { Command = ["no-such-program-here"], Args = [] });
        Assert.Contains("no-such-program-here", Assert.IsType<WorkloadOutcome.CouldNotStart>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWrongWorkload_IsRefusedWithEveryFault()
    {
        var workload = Shell("true") with
        {
            Attempt = "../x",
            WorkingFolder = "here",
            Files = [new WorkloadFile("../up", "")],
            Timeout = TimeSpan.Zero,
            Env = new Dictionary<string, string> { ["a=b"] = "c\0" },
        };
        var problem = (await Open().StartAsync(workload, NoLog.Instance, Token)).Problem!;
        Assert.Equal(["attempt", "env.a=b", "env.a=b", "files", "timeout", "workingFolder"], problem.Faults.Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AnAttemptIsStartedOnce()
    {
        var backend = Open();
        var workload = Shell("sleep 60");
        var running = (await backend.StartAsync(workload, NoLog.Instance, Token)).OrThrow();
        Assert.Contains(workload.Attempt, (await backend.StartAsync(workload, NoLog.Instance, Token)).Problem!.Message, StringComparison.Ordinal);
        await running.KillAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task MuchOutput_IsKeptInPart()
    {
        using var log = new LinesOf(Folder, new LogLimits { MaxBytes = 1 << 20 });
        // 64 MB in lines of 100 bytes; the bench writes 1 GB.
        var line = new string('x', 99);
        var outcome = await Open().RunAsync(Shell($"echo first; yes {line} | head -c 64000000; echo last"), log.Writer, Token);
        Assert.True(outcome.IsSuccess, outcome.Words);
        log.Writer.Dispose();
        var lines = log.All;
        Assert.Equal("first", lines[0].Text);
        Assert.Equal("last", lines[^1].Text);
        Assert.Single(lines, l => l.Stream == LogStream.System && l.Text.Contains("left out", StringComparison.Ordinal));
        Assert.InRange(new DirectoryInfo(log.Path).EnumerateFiles().Sum(f => f.Length), 500_000, 1_300_000);
    }

    [Fact]
    public async Task Many_RunAtOnce()
    {
        // Each waits for all the others, so they end only when all run at the same time.
        var backend = Open();
        var folder = Directory.CreateDirectory(Folder.File("meeting")).FullName;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, ManyAtOnce).Select(i => backend.RunAsync(
            Shell($"echo > here.{i}; while :; do set -- here.*; [ $# -ge {ManyAtOnce} ] && exit {i % 2}; sleep 0.2; done") with { WorkingFolder = folder, Timeout = TimeSpan.FromMinutes(3) }, NoLog.Instance, Token)));
        Assert.Equal(ManyAtOnce / 2, outcomes.Count(o => o.IsSuccess));
        Assert.Equal(ManyAtOnce / 2, outcomes.Count(o => o is WorkloadOutcome.Failed { ExitCode: 1 }));
    }

    protected virtual int ManyAtOnce => 100;

    [Fact]
    public async Task WhatAKilledServerLeft_IsFoundAndEnded_ByTheAttemptAlone()
    {
        var mark = Mark();
        using var log = new LinesOf(Folder);
        var first = Open();
        var workload = Shell($"setsid sleep 30{mark} & echo ready; sleep 31{mark}");
        var running = (await first.StartAsync(workload, log.Writer, Token)).OrThrow();
        var other = (await first.StartAsync(Shell("echo other; sleep 2; exit 5"), NoLog.Instance, Token)).OrThrow();
        await log.WaitForAsync("ready");

        // Another server's backend, which knows what was written down before the start and nothing else.
        var second = Open();
        Assert.Equal(1, await second.RescueAsync([WorkloadMarker.Parse(new WorkloadMarker(first.Name, workload.Attempt).ToText())!], Token));
        Assert.DoesNotContain(ProcessesWith(mark), IsOfTheWorkload);
        Assert.Equal(0, await second.RescueAsync([running.Marker], Token));

        // The neighbour was left alone.
        Assert.Equal(5, Assert.IsType<WorkloadOutcome.Failed>(await other.Completion).ExitCode);
        Assert.False((await running.Completion).IsSuccess);
        Assert.Empty(ProcessesWith(mark));
    }

    /// <summary>Whether a process with the mark is one that the workload started; the first backend's own helper ends when it has heard of the end.</summary>
    protected virtual bool IsOfTheWorkload(string command) => true;

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<(WorkloadOutcome Outcome, LinesOf Log)> RunAsync(Workload workload)
    {
        using var log = new LinesOf(Folder);
        var outcome = await Open().RunAsync(workload, log.Writer, Token);
        return (outcome, log);
    }

    /// <summary>Digits that no other process's command line holds.</summary>
    protected static string Mark() => $"{Environment.ProcessId % 100000:D5}{Interlocked.Increment(ref s_attempts):D4}";

    /// <summary>Living processes of this machine whose command line holds the mark; those in containers too.</summary>
    protected static List<string> ProcessesWith(string mark)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            try
            {
                var command = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (command.Contains(mark, StringComparison.Ordinal))
                {
                    found.Add(command);
                }
            }
            catch (IOException)
            {
                // Ended while we looked.
            }
        }

        return found;
    }
}
