using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>A server that ends in order leaves its runs to the next one.</summary>
public class RestartTests
{
    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task ServerThatLeaves_GivesItsAttemptsBackAndTheyAreNotCounted(DatabaseEngine engine)
    {
        var calls = 0;
        var component = new FakeComponent("test/echo", async (context, cancellation) =>
        {
            if (Interlocked.Increment(ref calls) == 2)
            {
                // Holds on until the server ends.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            return new JsonObject { ["out"] = context.Attempt };
        });
        await using var host = await PipelinesHost.StartAsync(engine, null, [], component);
        var run = (await host.SubmitIrAsync(IrText.Pipeline(
            """
            a: {componentRef: {name: comp-echo}}
            b: {componentRef: {name: comp-echo}, dependentTasks: [a]}
            """))).OrThrow();
        await host.RunningAsync(run.Id, "root/b");

        await host.Engine.LeaveAsync(CancellationToken.None);
        var left = (await host.Service.FindWithTasksAsync(run.Id, CancellationToken.None))!;
        Assert.Equal(("Running", null), (left.Run.State, left.Run.Owner));
        Assert.Equal(("Queued", 0L, 0L), left.Tasks.Where(t => t.Name == "b").Select(t => (t.State, t.Attempt, t.Lost)).Single());

        await using var next = host.AnotherEngine();
        await next.ShowLifeAsync(CancellationToken.None);
        await next.LookAroundAsync(CancellationToken.None);
        await host.FinishedAsync(run.Id);

        var ended = (await host.Service.FindWithTasksAsync(run.Id, CancellationToken.None))!;
        Assert.Equal("Succeeded", ended.Run.State);
        Assert.Equal([("a", 1L), ("b", 1L)], ended.Tasks.Where(t => t.Parent is not null).OrderBy(t => t.Name).Select(t => (t.Name, t.Attempt)));
        Assert.Equal(3, calls);
    }
}
