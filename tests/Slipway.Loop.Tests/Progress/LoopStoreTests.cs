using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Loop.Progress;
using Slipway.Platform.Database;

namespace Slipway.Loop.Tests.Progress;

public class LoopStoreOnSqlite() : LoopStoreTests(DatabaseEngine.Sqlite);

public class LoopStoreOnPostgres() : LoopStoreTests(DatabaseEngine.PostgreSql);

/// <summary>The store's promises, on each database.</summary>
public abstract class LoopStoreTests(DatabaseEngine engine)
{
    [Fact]
    public async Task StepSavedAgainAfterACrash_TellsNothingTwice()
    {
        await using var floor = await FloorAsync();
        var store = new LoopStore(floor.Database);
        JournalEntry[] journal = [new("u1", 7, 100, "training", "because"), new("u1", 9, 100, "promoted", "better")];
        WindowResult[] windows = [new("u1", 0, "2003", 12, 0.5, 0.75, null, 2)];
        for (var i = 0; i < 2; i++)
        {
            (await store.SaveAsync(State("u1") with { Step = 3 + i, EventCursor = 9 }, journal, windows, default)).OrThrow();
        }

        Assert.Equal(State("u1") with { Step = 4, EventCursor = 9 }, await store.FindAsync("u1", default));
        Assert.Equal(journal, await store.JournalAsync("u1", default));
        Assert.Equal(windows, await store.WindowsAsync("u1", default));
        Assert.Equal(LoopPhase.Replaying, (await store.FindAsync("u1", default))!.PhaseValue);
    }

    [Fact]
    public async Task LoopMadeAnew_StartsWithoutTheOldOnesStory()
    {
        await using var floor = await FloorAsync();
        var store = new LoopStore(floor.Database);
        foreach (var uid in new[] { "old", "new" })
        {
            (await store.SaveAsync(State(uid), [new(uid, 1, 1, "k", "r")], [new(uid, 0, "w", 1, null, null, null, 0)], default)).OrThrow();
        }

        (await store.ForgetOthersAsync("default", "prices", "new", default)).OrThrow();
        Assert.Null(await store.FindAsync("old", default));
        Assert.Empty(await store.JournalAsync("old", default));
        Assert.Empty(await store.WindowsAsync("old", default));
        Assert.Single(await store.JournalAsync("new", default));

        (await store.ForgetOthersAsync("default", "other", null, default)).OrThrow();
        Assert.NotNull(await store.FindAsync("new", default));
        (await store.ForgetOthersAsync("default", "prices", null, default)).OrThrow();
        Assert.Null(await store.FindAsync("new", default));
    }

    private static LoopState State(string uid) => new(uid, "default", "prices", nameof(LoopPhase.Replaying), 1, 10, 5, 6, 7, 0, 8, 9, "on its way");

    private Task<TestFloor> FloorAsync() => TestFloor.CreateAsync(engine, modules: new ModuleMigrations("loop", typeof(LoopModule).Assembly));
}
