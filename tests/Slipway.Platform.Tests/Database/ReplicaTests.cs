using Slipway.Conformance;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Platform.Tests.Database;

/// <summary>Two replicas of the server on one PostgreSQL.</summary>
public class ReplicaTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task BothAppend_TheLogIsGapless_AndFollowersOfBothSeeAllInOrder()
    {
        await using var first = await TestFloor.CreateAsync(DatabaseEngine.PostgreSql);
        await using var second = await TestFloor.OpenAsync(first.Url);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var followers = new[] { first, second, first, second }.Select(f => TakeAsync(f, 400, enough.Token)).ToArray();
        var numbers = await Task.WhenAll(Enumerable.Range(0, 400).Select(async i => (await (i % 2 == 0 ? first : second).Database.WriteAsync<long>(
            async (s, _) => await s.AppendAsync(new EventDraft("thing.made", "", "x", "{}"u8.ToArray())), None)).OrThrow()));
        var all = Enumerable.Range(1, 400).Select(n => (long)n).ToList();
        Assert.Equal(all, numbers.Order());
        foreach (var follower in followers)
        {
            Assert.Equal(all, await follower);
        }

        Assert.Equal(400, (await second.Events.VerifyAsync(None)).OrThrow());
    }

    [Fact]
    public async Task ConnectionsEndedByTheServer_AreReplaced_AndNoWriteIsLost()
    {
        await using var floor = await TestFloor.CreateAsync(DatabaseEngine.PostgreSql);
        await AppendAsync(floor);
        await using (var admin = new Npgsql.NpgsqlConnection(((DatabaseUrl.PostgreSql)floor.Url).ConnectionString + ";Pooling=false"))
        {
            await admin.OpenAsync();
            await using var end = new Npgsql.NpgsqlCommand(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", admin);
            await end.ExecuteNonQueryAsync();
        }

        Assert.Equal(2, await AppendAsync(floor));
        Assert.Equal(2, (await floor.Events.VerifyAsync(None)).OrThrow());
    }

    private static async Task<long> AppendAsync(TestFloor floor) => (await floor.Database.WriteAsync<long>(
        async (s, _) => await s.AppendAsync(new EventDraft("thing.made", "", "x", "{}"u8.ToArray())), None)).OrThrow();

    private static async Task<List<long>> TakeAsync(TestFloor floor, long until, CancellationToken cancellation)
    {
        var seen = new List<long>();
        await foreach (var e in floor.Events.FollowAsync(0, new EventFilter(), cancellation))
        {
            seen.Add(e.Sequence);
            if (e.Sequence == until)
            {
                break;
            }
        }

        return seen;
    }
}
