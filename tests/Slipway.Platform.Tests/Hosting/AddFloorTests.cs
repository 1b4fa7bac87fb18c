using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Hosting;
using Slipway.Platform.Leases;
using Slipway.Platform.Objects;

namespace Slipway.Platform.Tests.Hosting;

public class AddFloorTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task ComposedFloor_StartsTwiceOnOneFolder_AndKeepsItsData()
    {
        using var folder = new TempFolder();
        for (var start = 1; start <= 2; start++)
        {
            await using var services = Compose(folder.FullPath);
            var applied = await services.GetRequiredService<Floor>().StartAsync([], None);
            Assert.Equal(start == 1, applied.OrThrow() > 0);
            await services.GetRequiredService<IDatabase>().WriteAsync<long>(
                async (s, _) => await s.AppendAsync(new EventDraft("test.started", "", "x", "{}"u8.ToArray())), None);
            Assert.Equal(start, await services.GetRequiredService<IEventLog>().HeadAsync(None));
            Assert.NotNull(await services.GetRequiredService<ILeases>().TryAcquireAsync("controllers", $"holder {start}", TimeSpan.FromHours(1), None));
            Assert.True((await services.GetRequiredService<IObjectStore>().PutBytesAsync("hello"u8.ToArray(), None)).Succeeded);
        }
    }

    [Fact]
    public async Task DataFolderInUse_IsRefusedNamingFolderAndProcess()
    {
        using var folder = new TempFolder();
        await using var first = Compose(folder.FullPath);
        (await first.GetRequiredService<Floor>().StartAsync([], None)).OrThrow();
        await using var second = Compose(folder.FullPath);
        var refused = Assert.Throws<ProblemException>(second.GetRequiredService<IDatabase>);
        Assert.Contains(folder.FullPath, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongOptions_AreAllNamedAtOnce_WithoutThePassword()
    {
        var options = new FloorOptions { DataFolder = " ", DatabaseUrl = "mysql://me:secret@host/db", ObjectsUrl = "s3://bucket?key=secret", ControllerWorkers = 0 };
        var refused = Assert.Throws<ProblemException>(() => new ServiceCollection().AddFloor(options));
        Assert.Equal(["--data", "--objects", "ControllerWorkers", "--db"], refused.Problem.Faults.Select(f => f.Path));
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Compose(string folder)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddFloor(new FloorOptions { DataFolder = folder });
        return services.BuildServiceProvider();
    }
}
