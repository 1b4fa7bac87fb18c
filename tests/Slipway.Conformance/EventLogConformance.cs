using System.Text;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Conformance;

/// <summary>What every event log must do alike.</summary>
public abstract class EventLogConformance(DatabaseEngine engine)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Appended_CarriesTimeActorAndPayload()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(engine, clock);
        using (CallIdentity.ActAs("user:anna"))
        {
            await AppendAsync(floor, Draft(1));
        }

        await AppendAsync(floor, Draft(2) with { Actor = "controller:x" });
        await AppendAsync(floor, Draft(3));
        var events = await floor.Events.ReadAsync(0, new EventFilter(), 10, None);
        Assert.Equal([1, 2, 3], events.Select(e => e.Sequence));
        Assert.Equal(["user:anna", "controller:x", "system"], events.Select(e => e.Actor));
        Assert.All(events, e => Assert.Equal(clock.GetUtcNow(), e.Time));
        Assert.Equal("""{"n":1}""", Encoding.UTF8.GetString(events[0].Payload.Span));
    }

    [Fact]
    public async Task Read_FiltersAndPages()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        await AppendManyAsync(floor, 20);
        await AppendAsync(floor, new EventDraft("other.kind", "ns", "things/7", "{}"u8.ToArray()));
        Assert.Equal([6, 7, 8], await ReadAsync(floor, 5, new EventFilter("thing."), 3));
        Assert.Equal([21], await ReadAsync(floor, 0, new EventFilter(Namespace: "ns"), 100));
        Assert.Equal([7, 21], await ReadAsync(floor, 0, new EventFilter(Subject: "things/7"), 100));
        Assert.Empty(await ReadAsync(floor, 0, new EventFilter("thing.made", "ns"), 100));
    }

    [Fact]
    public async Task ManyFollowers_FromManyPlaces_SeeEveryEventOnceAndInOrder()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        const int Before = 300, Total = 1500;
        await AppendManyAsync(floor, Before);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var followers = Enumerable.Range(0, 100).Select(i => TakeAsync(floor, i * 7, Total, enough.Token)).ToArray();
        await AppendManyAsync(floor, Total - Before);
        for (var i = 0; i < followers.Length; i++)
        {
            Assert.Equal(Enumerable.Range((i * 7) + 1, Total - (i * 7)).Select(n => (long)n), await followers[i]);
        }
    }

    [Fact]
    public async Task FollowerThatSlept_ReadsFromTheTable_WithoutAGap()
    {
        await using var floor = await TestFloor.CreateAsync(engine, eventsInMemory: 16);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var follower = floor.Events.FollowAsync(0, new EventFilter(), enough.Token).GetAsyncEnumerator(enough.Token);
        await AppendAsync(floor, Draft(1));
        Assert.True(await follower.MoveNextAsync());
        await AppendManyAsync(floor, 700);
        for (var expected = 2; expected <= 701; expected++)
        {
            Assert.True(await follower.MoveNextAsync());
            Assert.Equal(expected, follower.Current.Sequence);
        }
    }

    [Fact]
    public async Task Follower_GetsOnlyWhatItAskedFor()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var follower = floor.Events.FollowAsync(0, new EventFilter(Subject: "things/9"), enough.Token).GetAsyncEnumerator(enough.Token);
        await AppendManyAsync(floor, 12);
        Assert.True(await follower.MoveNextAsync());
        Assert.Equal(9, follower.Current.Sequence);
    }

    [Fact]
    public async Task RolledBackWork_IsNeverSeenByFollowers()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = TakeAsync(floor, 0, 100, enough.Token);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => floor.Database.WriteAsync<long>(
            async (s, _) =>
            {
                await s.AppendAsync(Draft(i));
                await s.AppendAsync(Draft(i));
                return i % 4 == 0 ? 1 : Problem.NotFound("it");
            },
            None)));
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (long)n), await seen);
        Assert.Equal(100, (await floor.Events.VerifyAsync(None)).OrThrow());
    }

    [Theory]
    [InlineData("UPDATE events SET payload = @bytes WHERE sequence = 4", 4)]
    [InlineData("UPDATE events SET actor = 'nobody' WHERE sequence = 5", 5)]
    [InlineData("UPDATE events SET time = time + 1 WHERE sequence = 6", 6)]
    [InlineData("UPDATE events SET subject = type, type = subject WHERE sequence = 7", 7)]
    [InlineData("UPDATE events SET hash = (SELECT hash FROM events WHERE sequence = 2) WHERE sequence = 8", 8)]
    [InlineData("DELETE FROM events WHERE sequence = 1", 1)]
    [InlineData("DELETE FROM events WHERE sequence = 9", 9)]
    [InlineData("DELETE FROM events WHERE sequence > 18", 19)]
    public async Task Tampering_IsFoundAtItsPlace(string sql, int at)
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        await AppendManyAsync(floor, 20);
        Assert.Equal(20, (await floor.Events.VerifyAsync(None)).OrThrow());
        (await floor.Database.WriteAsync<int>(async (s, _) => await s.ExecuteAsync(sql, new { bytes = "{}"u8.ToArray() }), None)).OrThrow();
        Assert.Contains($"broken at {at}:", (await floor.Events.VerifyAsync(None)).Problem?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_GoesOnWithNumbersAndChain()
    {
        await using var first = await TestFloor.CreateAsync(engine);
        await AppendManyAsync(first, 5);
        await using var second = await TestFloor.OpenAsync(first.Url);
        Assert.Equal(6, await AppendAsync(second, Draft(6)));
        Assert.Equal(6, (await second.Events.VerifyAsync(None)).OrThrow());
    }

    protected static async Task<long> AppendAsync(TestFloor floor, EventDraft draft) =>
        (await floor.Database.WriteAsync<long>(async (s, _) => await s.AppendAsync(draft), None)).OrThrow();

    protected static Task AppendManyAsync(TestFloor floor, int count) =>
        Task.WhenAll(Enumerable.Range(1, count).Select(i => AppendAsync(floor, Draft(i))));

    protected static async Task<List<long>> TakeAsync(TestFloor floor, long after, long until, CancellationToken cancellation)
    {
        var seen = new List<long>();
        await foreach (var e in floor.Events.FollowAsync(after, new EventFilter(), cancellation))
        {
            seen.Add(e.Sequence);
            if (e.Sequence == until)
            {
                break;
            }
        }

        return seen;
    }

    protected static EventDraft Draft(int n) => new("thing.made", "", $"things/{n}", Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));

    private static async Task<IEnumerable<long>> ReadAsync(TestFloor floor, long after, EventFilter filter, int limit) =>
        (await floor.Events.ReadAsync(after, filter, limit, None)).Select(e => e.Sequence);
}
