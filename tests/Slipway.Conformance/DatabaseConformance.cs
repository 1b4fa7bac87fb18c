using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Conformance;

/// <summary>What every metadata database must do alike.</summary>
public abstract class DatabaseConformance(DatabaseEngine engine)
{
    private const string Table = "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY, name TEXT, score DOUBLE PRECISION, data BYTEA, made BIGINT, on_sale BIGINT)";
    private const string Insert = "INSERT INTO things (id, name, score, data, made, on_sale) VALUES (@Id, @Name, @Score, @Data, @Made, @OnSale)";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2024, 5, 6, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Rows_MapToRecords_WhateverTheColumnOrderAndNullsInTheFirstRow()
    {
        await using var floor = await StartAsync();
        Thing[] things = [new(1, null, null, null, Noon, false), new(2, "two", 2.5, [1, 2, 3], Noon.AddMicroseconds(7), true)];
        Assert.Equal(2, await WriteAsync(floor, s => s.ExecuteAsync(Insert, things)));
        var read = await floor.Database.ReadAsync(
            (s, _) => s.QueryAsync<Thing>("SELECT on_sale, made, data, score, name, id FROM things ORDER BY id"), None);
        Assert.Equal(things[0], read[0]);
        Assert.Equal(things[1] with { Data = null }, read[1] with { Data = null });
        Assert.Equal(things[1].Data, read[1].Data);
    }

    [Fact]
    public async Task SingleRow_IsFoundOrNull_AndNumbersConvert()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Some(1)));
        var (count, missing) = await floor.Database.ReadAsync(
            async (s, _) => (await s.QuerySingleOrDefaultAsync<int>("SELECT COUNT(*) FROM things"),
                await s.QuerySingleOrDefaultAsync<Thing>("SELECT * FROM things WHERE id = @id", new { id = 7 })),
            None);
        Assert.Equal(1, count);
        Assert.Null(missing);
    }

    [Fact]
    public async Task RowsByColumns_MayHaveNullsAndExpressions_AndConflictsAreTheTables()
    {
        await using var floor = await StartAsync();
        Task<int> Add(long[] ids, string?[] names, double?[] scores) => WriteAsync(floor, s => s.InsertRowsAsync(new RowInsert(
            "things", "ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE things.name IS NULL",
            new RowColumn("id", ids),
            new RowColumn("name", names),
            new RowColumn("score", scores),
            new RowColumn("made", ids, "{id} * 10 + CASE WHEN EXISTS (SELECT 1 FROM things t WHERE t.id = {id}) THEN 1 ELSE 0 END"))));

        Assert.Equal(3, await Add([1, 2, 3], ["one", null, "dr\u00fci"], [null, 2.5, double.MaxValue]));
        Assert.Equal(2, await Add([1, 2, 4], ["uno", "two", null], [7, 7, 7]));

        var read = await floor.Database.ReadAsync((s, _) => s.QueryAsync<Counted>("SELECT id, name, score, made FROM things ORDER BY id"), None);
        Assert.Equal([new(1, "one", null, 10), new(2, "two", 2.5, 20), new(3, "dr\u00fci", double.MaxValue, 30), new(4, null, 7, 40)], read);
        Assert.Equal(0, await Add([], [], []));
    }

    [Fact]
    public async Task ListParameter_MatchesItsElements()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Enumerable.Range(1, 5).Select(i => Some(i))));
        var (inside, outside, none) = await floor.Database.ReadAsync(
            async (s, _) => (await s.QueryAsync<long>("SELECT id FROM things WHERE id IN @ids ORDER BY id", new { ids = new long[] { 2, 4, 9 } }),
                await s.QueryAsync<long>("SELECT id FROM things WHERE id NOT IN @ids ORDER BY id", new { ids = new List<long> { 2, 4 } }),
                await s.QueryAsync<long>("SELECT id FROM things WHERE name IN @names", new { names = Array.Empty<string>() })),
            None);
        Assert.Equal([2, 4], inside);
        Assert.Equal([1, 3, 5], outside);
        Assert.Empty(none);
    }

    [Fact]
    public async Task Stream_YieldsEveryRow()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Enumerable.Range(1, 300).Select(i => Some(i))));
        var sum = await floor.Database.ReadAsync(
            async (s, _) =>
            {
                long total = 0;
                await foreach (var id in s.StreamAsync<long>("SELECT id FROM things ORDER BY id"))
                {
                    total += id;
                }

                return total;
            },
            None);
        Assert.Equal(300 * 301 / 2, sum);
    }

    [Fact]
    public async Task FailedResult_KeepsNeitherRowsNorEvents_AndAnswersTheProblem()
    {
        await using var floor = await StartAsync();
        var refused = await floor.Database.WriteAsync<int>(
            async (s, _) =>
            {
                await s.ExecuteAsync(Insert, Some(1));
                await s.AppendAsync(Draft("made"));
                return Problem.Conflict("no");
            },
            None);
        Assert.Equal("no", refused.Problem?.Message);
        Assert.Equal((0, 0), (await CountAsync(floor), await floor.Events.HeadAsync(None)));
    }

    [Fact]
    public async Task ExceptionInTheWork_ReachesItsCaller_AndTheWriterGoesOn()
    {
        await using var floor = await StartAsync();
        var bug = await Assert.ThrowsAsync<FormatException>(() => floor.Database.WriteAsync<int>(
            async (s, _) =>
            {
                await s.ExecuteAsync(Insert, Some(1));
                throw new FormatException("bug");
            },
            None));
        Assert.Equal("bug", bug.Message);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => WriteAsync(floor, s => s.ExecuteAsync("SELECT no_such_column FROM things")));
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Some(1)));
        Assert.Equal(1, await CountAsync(floor));
    }

    [Fact]
    public async Task ConcurrentReadThenWrite_LosesNoUpdate_AndEveryOtherOneIsRefused()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Some(1) with { Score = 0 }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => floor.Database.WriteAsync<double>(
            async (s, _) =>
            {
                var score = await s.QuerySingleOrDefaultAsync<double>("SELECT score FROM things WHERE id = 1");
                await s.ExecuteAsync("UPDATE things SET score = @next WHERE id = 1", new { next = score + 1 });
                await s.AppendAsync(Draft("raised"));
                return i % 2 == 0 ? score + 1 : Problem.Conflict("refused");
            },
            None)));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (double)i), answers.Where(a => a.Succeeded).Select(a => a.Value).Order());
        Assert.Equal(100, (await floor.Events.VerifyAsync(None)).OrThrow());
    }

    [Fact]
    public async Task Read_SeesOneSnapshot_AndNeitherSideWaits()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync(Insert, Some(1)));
        var (before, after) = await floor.Database.ReadAsync(
            async (s, _) =>
            {
                var first = await s.QuerySingleOrDefaultAsync<long>("SELECT COUNT(*) FROM things");
                await WriteAsync(floor, w => w.ExecuteAsync(Insert, Some(2)));
                return (first, await s.QuerySingleOrDefaultAsync<long>("SELECT COUNT(*) FROM things"));
            },
            None);
        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, await CountAsync(floor));
    }

    [Fact]
    public async Task WriteInsideWrite_IsRefusedRatherThanWaitingForItself()
    {
        await using var floor = await StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => floor.Database.WriteAsync<int>(
            async (_, _) => await WriteAsync(floor, s => s.ExecuteAsync(Insert, Some(1))), None));
    }

    [Fact]
    public async Task CancelledBeforeItsTurn_IsNotDone()
    {
        await using var floor = await StartAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => floor.Database.WriteAsync<int>(
            async (s, _) => await s.ExecuteAsync(Insert, Some(1)), cancelled.Token));
        Assert.Equal(0, await CountAsync(floor));
    }

    [Fact]
    public async Task ReplicasMigratingTogether_ApplyEachMigrationOnce()
    {
        await using var floor = await StartAsync();
        var applied = (await floor.Database.ReadAsync((s, _) => s.QueryAsync<string>("SELECT name FROM schema_migrations"), None)).Count;

        // As a replica that starts before the tables are there sees it: the record is gone, and so is what it made.
        await WriteAsync(floor, s => s.ExecuteAsync("DELETE FROM schema_migrations WHERE module = 'platform' AND number = 1"));
        await WriteAsync(floor, s => s.ExecuteAsync("DROP TABLE events; DROP TABLE event_head; DROP TABLE leases"));
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => new Migrator(floor.Database, floor.Time).RunAsync([ModuleMigrations.Platform], None)));
        Assert.Equal(1, counts.Sum(c => c.OrThrow()));
        Assert.Equal(applied, (await floor.Database.ReadAsync((s, _) => s.QueryAsync<string>("SELECT name FROM schema_migrations"), None)).Count);
        Assert.Equal(0, await floor.Events.HeadAsync(None));
    }

    [Fact]
    public async Task AppliedMigrationThatWasChanged_IsNamed()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync("UPDATE schema_migrations SET checksum = 'other' WHERE module = 'platform' AND number = 1"));
        var refused = await new Migrator(floor.Database, floor.Time).RunAsync([ModuleMigrations.Platform], None);
        Assert.Contains("platform/0001_floor was changed", refused.Problem?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MigrationOfANewerProgram_IsRefused()
    {
        await using var floor = await StartAsync();
        await WriteAsync(floor, s => s.ExecuteAsync("INSERT INTO schema_migrations VALUES ('platform', 9999, 'future', '', 0)"));
        var refused = await new Migrator(floor.Database, floor.Time).RunAsync([ModuleMigrations.Platform], None);
        Assert.Contains("platform/9999_future", refused.Problem?.Message, StringComparison.Ordinal);
    }

    protected async Task<TestFloor> StartAsync()
    {
        var floor = await TestFloor.CreateAsync(engine);
        await WriteAsync(floor, s => s.ExecuteAsync(Table));
        return floor;
    }

    private static async Task<T> WriteAsync<T>(TestFloor floor, Func<IWriteSession, Task<T>> work) =>
        (await floor.Database.WriteAsync<T>(async (s, _) => await work(s), None)).OrThrow();

    private static Task<long> CountAsync(TestFloor floor) =>
        floor.Database.ReadAsync((s, _) => s.QuerySingleOrDefaultAsync<long>("SELECT COUNT(*) FROM things"), None);

    private static Thing Some(int id) => new(id, "some", 1, null, Noon, true);

    private static EventDraft Draft(string type) => new(type, "", "things/1", "{}"u8.ToArray());

    private sealed record Counted(long Id, string? Name, double? Score, long Made);

    private sealed record Thing(int Id, string? Name, double? Score, byte[]? Data, DateTimeOffset Made, bool OnSale);
}
