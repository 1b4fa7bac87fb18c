using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Resources;
using Slipway.Serving.Rollouts;

namespace Slipway.Serving.Tests.Rollouts;

/// <summary>The controller dies at every write it makes, before or after the write took effect; whoever starts next ends where an undisturbed one does.</summary>
public class CrashTests
{
    [Theory]
    [InlineData("promote", false)]
    [InlineData("promote", true)]
    [InlineData("reject", false)]
    [InlineData("reject", true)]
    [InlineData("regret", false)]
    [InlineData("regret", true)]
    public async Task ACrashAtAnyWrite_DoublesNothingAndLosesNothing(string story, bool afterTheWrite)
    {
        var whole = new Fuse(int.MaxValue, afterTheWrite);
        var expected = await PlayAsync(story, whole);
        Assert.InRange(whole.Burnt, 6, 60);

        for (var at = 1; at <= whole.Burnt; at++)
        {
            var fuse = new Fuse(at, afterTheWrite);
            var outcome = await PlayAsync(story, fuse);
            Assert.True(fuse.Blown, $"the crash at write {at} did not happen");
            Assert.Equal(expected, outcome);
        }
    }

    private static async Task<string> PlayAsync(string story, Fuse fuse)
    {
        await using var bench = await RolloutBench.CreateAsync();
        await bench.PointAsync("challenger", 2);
        await UntilDoneAsync(bench, fuse);
        double[] differences = story switch
        {
            "promote" => [-0.1, -0.1, -0.1, -0.1, -0.1],
            "reject" => [-0.1, 0.6],
            _ => [-0.1, -0.1, -0.1, 0.5],
        };
        foreach (var (difference, i) in differences.Select((d, i) => (d, i)))
        {
            bench.Windows.All.Add(Windows.Differing(i + 1, 2, 1, difference));
            await UntilDoneAsync(bench, fuse);
        }

        var service = await bench.GetServiceAsync();
        var aliases = (await bench.Registry.AliasHistoryAsync("default", "housing", default)).Select(a => $"{a.Alias}={a.Version}");
        var status = await bench.StatusAsync();
        return string.Join(
            '\n', string.Join(", ", await bench.EventsAsync()), string.Join(", ", aliases), service.Spec.ToJsonString(), string.Join(", ", service.Annotations),
            status["phase"], status["lastWindow"], status["history"]!.AsArray().Count);
    }

    /// <summary>A process that dies is replaced by a fresh one, which knows nothing but what is stored.</summary>
    private static async Task UntilDoneAsync(RolloutBench bench, Fuse fuse)
    {
        while (true)
        {
            var resources = new CrashingResources(bench.Resources, fuse);
            var registry = new CrashingRegistry(bench.Registry, fuse);
            var store = new RolloutStore(new CrashingDatabase(bench.Floor.Database, fuse), bench.Floor.Time);
            var controller = new PromotionPolicyController(
                resources, registry, bench.Windows, store, new RolloutActions(resources, registry), bench.Floor.Time);
            try
            {
                Assert.Equal(ReconcileOutcome.Done, await controller.ReconcileAsync(RolloutBench.Key, default));
                return;
            }
            catch (CrashException)
            {
                // The next round is the restart.
            }
        }
    }

    private sealed class CrashException : Exception;

    private sealed class Fuse(int at, bool afterTheWrite)
    {
        public int Burnt { get; private set; }

        public bool Blown { get; private set; }

        public async Task<T> AroundAsync<T>(Func<Task<T>> write)
        {
            var dies = ++Burnt == at;
            if (dies && !afterTheWrite)
            {
                Blown = true;
                throw new CrashException();
            }

            var answer = await write();
            if (dies)
            {
                Blown = true;
                throw new CrashException();
            }

            return answer;
        }
    }

    private sealed class CrashingDatabase(IDatabase inner, Fuse fuse) : IDatabase
    {
        public Dialect Dialect => inner.Dialect;

        public Task<T> ReadAsync<T>(Func<IReadSession, CancellationToken, Task<T>> work, CancellationToken cancellation) => inner.ReadAsync(work, cancellation);

        public Task<Result<T>> WriteAsync<T>(Func<IWriteSession, CancellationToken, Task<Result<T>>> work, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.WriteAsync(work, cancellation));
    }

    private sealed class CrashingRegistry(IModelRegistry inner, Fuse fuse) : IModelRegistry
    {
        public Task<Result<ModelVersion>> RegisterAsync(RegisterModelVersion request, CancellationToken cancellation) => inner.RegisterAsync(request, cancellation);

        public Task<Result<ModelVersion>> GetVersionAsync(string ns, string model, int version, CancellationToken cancellation) =>
            inner.GetVersionAsync(ns, model, version, cancellation);

        public Task<Result<ModelVersion>> GetLoadableAsync(string ns, string model, int version, CancellationToken cancellation) =>
            inner.GetLoadableAsync(ns, model, version, cancellation);

        public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string ns, string model, CancellationToken cancellation) =>
            inner.ListVersionsAsync(ns, model, cancellation);

        public Task<Result<ModelVersion>> ResolveAsync(string ns, string modelUri, CancellationToken cancellation) => inner.ResolveAsync(ns, modelUri, cancellation);

        public Task<AliasAssignment?> GetAliasAsync(string ns, string model, string alias, CancellationToken cancellation) =>
            inner.GetAliasAsync(ns, model, alias, cancellation);

        public Task<Result<AliasAssignment>> SetAliasAsync(
            string ns, string model, string alias, int? version, string actor, string reason, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.SetAliasAsync(ns, model, alias, version, actor, reason, cancellation));

        public Task<IReadOnlyList<AliasAssignment>> AliasHistoryAsync(string ns, string model, CancellationToken cancellation) =>
            inner.AliasHistoryAsync(ns, model, cancellation);
    }

    private sealed class CrashingResources(IResourceStore inner, Fuse fuse) : IResourceStore
    {
        public Task<Result<Resource>> GetAsync(ResourceKind kind, string ns, string name, CancellationToken cancellation) =>
            inner.GetAsync(kind, ns, name, cancellation);

        public Task<Result<ResourceList>> ListAsync(ResourceKind kind, ListQuery query, CancellationToken cancellation) => inner.ListAsync(kind, query, cancellation);

        public Task<Result<Resource>> CreateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.CreateAsync(kind, resource, options, cancellation));

        public Task<Result<Resource>> UpdateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.UpdateAsync(kind, resource, options, cancellation));

        public Task<Result<Resource>> UpdateStatusAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.UpdateStatusAsync(kind, resource, options, cancellation));

        public Task<Result<Resource>> PatchAsync(
            ResourceKind kind, string ns, string name, PatchType type, JsonNode patch, string? subresource, WriteOptions options, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.PatchAsync(kind, ns, name, type, patch, subresource, options, cancellation));

        public Task<Result<Resource>> DeleteAsync(ResourceKind kind, string ns, string name, DeleteOptions options, CancellationToken cancellation) =>
            fuse.AroundAsync(() => inner.DeleteAsync(kind, ns, name, options, cancellation));
    }
}
