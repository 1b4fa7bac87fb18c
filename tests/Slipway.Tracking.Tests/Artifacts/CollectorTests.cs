using System.Text;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Tracking.Tests.Artifacts;

public class CollectorOnSqlite() : CollectorTests(DatabaseEngine.Sqlite);

public class CollectorOnPostgres() : CollectorTests(DatabaseEngine.PostgreSql);

/// <summary>What nothing names any more goes; whatever is named stays, also while it is being uploaded again.</summary>
public abstract class CollectorTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Objects_GoAnHourAfterTheirLastName()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("a/1", "same"u8.ToArray());
        await host.StoreAsync("a/2", "same"u8.ToArray());
        await host.StoreAsync("a/3", "replaced"u8.ToArray());
        await host.StoreAsync("a/3", "by this"u8.ToArray());
        await host.StoreAsync("b/4", "in a tree"u8.ToArray());
        Assert.Equal(4, await host.ObjectsAsync());
        await DeleteAsync(host, "a/1");
        await DeleteAsync(host, "b");
        Assert.Equal(0, (await host.Collector.CollectAsync(default)).Value);
        host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, (await host.Collector.CollectAsync(default)).Value);
        Assert.Equal("same"u8.ToArray(), await host.LoadAsync("a/2"));
        Assert.Equal("by this"u8.ToArray(), await host.LoadAsync("a/3"));
        await DeleteAsync(host, "a");
        host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, (await host.Collector.CollectAsync(default)).Value);
        Assert.Equal(0, await host.ObjectsAsync());
    }

    [Fact]
    public async Task WhatAnotherModuleNames_StaysUntilItLetsGo()
    {
        var holder = new Holder();
        await using var host = await ArtifactHost.StartAsync(engine, holder);
        await host.StoreAsync("a", "shared"u8.ToArray());
        await host.StoreAsync("b", "not shared"u8.ToArray());
        holder.Held = [(await host.Files.FindAsync("default", "mlflow-artifacts:/a", default)).Value.Sha256];
        await DeleteAsync(host, "a");
        await DeleteAsync(host, "b");
        host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await host.Collector.CollectAsync(default)).Value);
        Assert.Equal(1, await host.ObjectsAsync());
        holder.Held = [];
        host.Clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal(1, (await host.Collector.CollectAsync(default)).Value);
    }

    [Fact]
    public async Task UploadsWhileItCollects_AreNeverLost()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var contents = Enumerable.Range(0, 5).Select(i => Encoding.UTF8.GetBytes($"content {i}")).ToArray();
        for (var round = 0; round < 6; round++)
        {
            foreach (var (content, i) in contents.Select((c, i) => (c, i)))
            {
                await host.StoreAsync($"old/{i}", content);
            }

            await DeleteAsync(host, "old");
            host.Clock.Advance(TimeSpan.FromHours(2));

            // The same contents arrive again at the moment when they are collected: stored, or refused with a wish to try again, and then there.
            var uploads = contents.Select(async (content, i) =>
            {
                for (var answered = 503; answered == 503;)
                {
                    using var answer = await host.PutAsync($"new/{i}", content);
                    answered = (int)answer.StatusCode;
                    Assert.True(answered is 200 or 503);
                }
            });
            await Task.WhenAll([.. uploads, host.Collector.CollectAsync(default)]);
            foreach (var (content, i) in contents.Select((c, i) => (c, i)))
            {
                Assert.Equal(content, await host.LoadAsync($"new/{i}"));
            }

            await DeleteAsync(host, "new");
        }
    }

    [Fact]
    public async Task DeletingInAnothersTransaction_GoesWithIt()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("1/run/artifacts/a", "x"u8.ToArray());
        var undone = await host.Floor.Database.WriteAsync<long>(
            async (session, _) =>
            {
                Assert.Equal(1, (await host.Tree.DeleteAsync(session, "default", "mlflow-artifacts:/1/run")).Value);
                return Kernel.Problems.Problem.Conflict("thought better of it");
            },
            default);
        Assert.False(undone.Succeeded);
        Assert.Equal("x"u8.ToArray(), await host.LoadAsync("1/run/artifacts/a"));
        await host.Floor.Database.WriteAsync((session, _) => host.Tree.DeleteAsync(session, "default", "mlflow-artifacts:/1/run"), default);
        Assert.Equal("", await host.ListAsync(""));
    }

    private static async Task DeleteAsync(ArtifactHost host, string path)
    {
        using var answer = await host.Http.DeleteAsync(host.Raw($"{ArtifactHost.Proxy}/{path}"));
        Assert.True(answer.IsSuccessStatusCode);
    }

    private sealed class Holder : IObjectHolder
    {
        public string[] Held { get; set; } = [];

        public Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests) =>
            Task.FromResult<IReadOnlyCollection<string>>([.. digests.Intersect(Held)]);
    }
}
