using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Platform.Tests;

public class FloorTests
{
    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task ConcurrentWritesSomeRefused_LeaveAGaplessLog(DatabaseEngine engine)
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        var r = await floor.Database.WriteAsync<long>(async (s, _) => await s.AppendAsync(new EventDraft("a.b", "", "x", "{}"u8.ToArray())), default);
        Assert.Equal(1, r.Value);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => floor.Database.WriteAsync<long>(async (s, _) =>
        {
            var n = await s.AppendAsync(new EventDraft("a.b", "", "x", "{}"u8.ToArray()));
            return i % 3 == 0 ? Problem.NotFound("x") : n;
        }, default)));
        Assert.Equal(1 + 333, await floor.Events.HeadAsync(default));
        Assert.Equal(334, (await floor.Events.VerifyAsync(default)).OrThrow());
        Assert.Equal(334, (await floor.Events.ReadAsync(0, new EventFilter("a."), 1000, default)).Count);
    }
}
