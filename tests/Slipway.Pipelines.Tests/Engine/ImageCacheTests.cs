using Microsoft.Extensions.DependencyInjection;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Runs;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>A result found again belongs to the same image, not to the same name of one.</summary>
public class ImageCacheTests
{
    private static readonly string Pipeline = IrText.Pipeline(
        """
        a:
          componentRef: {name: comp-sh}
          cachingOptions: {enableCache: true}
          inputs: {parameters: {script: {runtimeValue: {constant: 'printf done > "$0"'}}}}
        """);

    [Fact]
    public async Task AnotherImageUnderTheSameName_RunsTheStepAgain()
    {
        var images = new Images { Digest = "sha256:one" };
        await using var host = await StartAsync(images);

        Assert.Equal(TaskCause.None, await CauseAsync(host));
        Assert.Equal(TaskCause.Cached, await CauseAsync(host));
        images.Digest = "sha256:two";
        Assert.Equal(TaskCause.None, await CauseAsync(host));
        Assert.Equal(TaskCause.Cached, await CauseAsync(host));
    }

    [Fact]
    public async Task AnImageThatTheFirstStepPulled_IsKnownByItsDigestAfterwards()
    {
        var images = new Images { PulledAs = "sha256:pulled" };
        await using var host = await StartAsync(images);

        Assert.Equal(TaskCause.None, await CauseAsync(host));
        Assert.Equal(TaskCause.Cached, await CauseAsync(host));
        Assert.Equal(1, images.Started);
    }

    private static Task<PipelinesHost> StartAsync(Images images) =>
        PipelinesHost.StartAsync(DatabaseEngine.Sqlite, null, null, [], services => services.AddSingleton(new ComputeBackends(images)));

    private static async Task<TaskCause> CauseAsync(PipelinesHost host)
    {
        var run = await host.RunIrAsync(Pipeline);
        Assert.Equal(("Succeeded", null), (run.Run.State, run.Run.Error));
        var task = run.Tasks.Single(t => t.Name == "a");
        return task.CauseValue;
    }

    /// <summary>Runs processes and says which image a name means.</summary>
    private sealed class Images : IComputeBackend
    {
        private readonly ProcessBackend _processes = new(new ProcessOptions(), TimeProvider.System);

        public string? Digest { get; set; }

        public string? PulledAs { get; init; }

        public int Started { get; private set; }

        public string Name => _processes.Name;

        public Task<string?> FindImageDigestAsync(string image, CancellationToken cancel) => Task.FromResult(image == "alpine" ? Digest : null);

        public Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancel)
        {
            Started++;
            Digest = PulledAs ?? Digest;
            return _processes.StartAsync(workload, log, cancel);
        }

        public Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel) => _processes.RescueAsync(markers, cancel);
    }
}
