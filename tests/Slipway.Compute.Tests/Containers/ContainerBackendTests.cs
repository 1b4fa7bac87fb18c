using System.Diagnostics;
using Slipway.Compute.Backends;
using Slipway.Compute.Containers;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Containers;

/// <summary>The container backend on podman, with an image made of one static program.</summary>
[Collection(nameof(ContainerBackendTests))]
public sealed class ContainerBackendTests : ComputeBackendConformance
{
    private static readonly Lazy<string?> WhyNot = new(BusyboxImage.Prepare);

    protected override int ManyAtOnce => 6;

    protected override IComputeBackend Open() => OpenWith(BusyboxImage.Options);

    // A signal to the first process of a container is ignored from inside; the runtime tells one by this code.
    protected override string EndedBy(int signal) => $"exit {128 + signal}";

    // "podman run" stays with the container that another ended until it has read how, and has the script in its own command line.
    protected override bool IsOfTheWorkload(string command) => !command.StartsWith("podman ", StringComparison.Ordinal);

    protected override Workload Shell(string script) => base.Shell(script) with { Image = BusyboxImage.Name };

    [Fact]
    public async Task AnImageThatIsNotThere_OrBadlyNamed_CouldNotStart()
    {
        async Task<string> ReasonAsync(string? image)
        {
            var (outcome, _) = await RunAsync(Shell("true") with { Image = image });
            return Assert.IsType<WorkloadOutcome.CouldNotStart>(outcome).Reason;
        }

        Assert.Contains("process backend", await ReasonAsync(null), StringComparison.Ordinal);
        Assert.Contains("not an image's name", await ReasonAsync("Bad Image!!"), StringComparison.Ordinal);
        Assert.Contains("not an image's name", await ReasonAsync("--privileged"), StringComparison.Ordinal);
        Assert.Contains("registry/name:tag", await ReasonAsync("UPPER::x"), StringComparison.Ordinal);
        var missing = await OpenWith(BusyboxImage.Options with { Pull = "never" }).RunAsync(Shell("true") with { Image = "localhost/never-made:9" }, Slipway.Compute.Logs.NoLog.Instance, Token);
        Assert.Contains("localhost/never-made:9", Assert.IsType<WorkloadOutcome.CouldNotStart>(missing).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutARuntime_CouldNotStart()
    {
        var outcome = await OpenWith(new ContainerOptions { Program = "no-such-runtime" }).RunAsync(Shell("true"), Slipway.Compute.Logs.NoLog.Instance, Token);
        Assert.Contains("no-such-runtime", Assert.IsType<WorkloadOutcome.CouldNotStart>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoNetwork_MeansNone_AndAReadOnlyMountIsOne()
    {
        Directory.CreateDirectory(Folder.File("ro"));
        var (outcome, log) = await RunAsync(Shell("ls /sys/class/net; touch /mnt/ro/x 2>/dev/null || echo refused") with { Network = WorkloadNetwork.None, Mounts = [new WorkloadMount(Folder.File("ro"), "/mnt/ro", ReadOnly: true)] });
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["lo", "refused"], log.Output);
    }

    [Fact]
    public async Task NothingIsLeft_AndSecretsAreNotInCommandLines()
    {
        var backend = (ContainerBackend)Open();
        using var log = new LinesOf(Folder);
        var workload = Shell("echo ready; sleep 30") with { Secrets = WorkloadSecrets.Of([KeyValuePair.Create("KEY", "hidden-" + Mark())]), Labels = new Dictionary<string, string> { ["slipway.dev/run"] = "r1" } };
        var running = (await backend.StartAsync(workload, log.Writer, Token)).OrThrow();
        await log.WaitForAsync("ready");
        Assert.Empty(ProcessesWith(workload.Secrets.Reveal()["KEY"]));
        await running.KillAsync(TimeSpan.Zero);
        using var listed = Process.Start(new ProcessStartInfo("podman", ["ps", "--all", "--quiet", "--filter", "name=" + running.Marker.Container]) { RedirectStandardOutput = true })!;
        Assert.Equal("", await listed.StandardOutput.ReadToEndAsync(Token));
        Assert.StartsWith("sha256:", await backend.FindImageDigestAsync(BusyboxImage.Name, Token), StringComparison.Ordinal);
        Assert.Null(await backend.FindImageDigestAsync("localhost/never-made:9", Token));
    }

    private static ContainerBackend OpenWith(ContainerOptions options)
    {
        Assert.SkipWhen(WhyNot.Value is not null, WhyNot.Value ?? "");
        return new ContainerBackend(options, TimeProvider.System);
    }
}
