using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Serving.Releases;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Trials;

namespace Slipway.Serving.Tests.Releases;

public class ReleaseStoreOnSqlite() : ReleaseStoreTests(DatabaseEngine.Sqlite);

public class ReleaseStoreOnPostgres() : ReleaseStoreTests(DatabaseEngine.PostgreSql);

public abstract class ReleaseStoreTests(DatabaseEngine engine)
{
    private static readonly ReleaseState One = ReleaseState.Initial with { Released = 1 };

    [Fact]
    public async Task ADecision_IsKeptWithItsEvent_AndTheSameNumberIsRefused()
    {
        await using var floor = await FloorAsync();
        var store = new ReleaseStore(floor.Database, floor.Time);
        var finding = new Finding("errorRate", 0.5, null, "at most 0.1", 10, 5, Verdict.Failed);
        var first = ReleaseDecision.Make(ReleaseKind.Adopted, ReleaseState.Initial, One, "first");
        var second = ReleaseDecision.Make(ReleaseKind.Started, One, One with { Candidate = 2, Percent = 10 }, "second", finding);
        (await store.RecordAsync("a/b", 1, "default", "churn", "ada", first, default)).OrThrow();
        (await store.RecordAsync("a/b", 2, "default", "churn", "ada", second, default)).OrThrow();
        Assert.Equal(ProblemCode.Conflict, (await store.RecordAsync("a/b", 2, "default", "churn", "bob", first, default)).Problem!.Code);

        var kept = await store.NewestAsync("a/b", 10, default);
        Assert.Equal([2L, 1L], kept.Select(k => k.Sequence));
        Assert.Equal((second.Next, "ada", finding), (kept[0].Decision.Next, kept[0].Actor, Assert.Single(kept[0].Decision.Findings)));
        var events = await floor.Events.ReadAsync(0, new EventFilter("rollout."), 10, default);
        Assert.Equal(["rollout.adopted", "rollout.started"], events.Select(e => e.Type));
        Assert.All(events, e => Assert.Equal(("rollouts/churn", "ada"), (e.Subject, e.Actor)));

        (await store.ForgetOthersAsync("default", "churn", "other", default)).OrThrow();
        Assert.Empty(await store.NewestAsync("a/b", 10, default));
    }

    [Fact]
    public async Task FiguresOfReplicas_AddUp_AndOtherStepsAreNotMixedIn()
    {
        await using var floor = await FloorAsync();
        TrialStore[] replicas = [new(floor.Database, floor.Time), new(floor.Database, floor.Time)];
        foreach (var replica in replicas)
        {
            var (old, trial) = (new Trial("default", "churn", "x/1"), new Trial("default", "churn", "x/2"));
            old.Of(2).OnFailed();
            (await replica.SaveAsync(old, default)).OrThrow();

            // Saved twice: sums so far, not further ones.
            trial.Of(2).OnAnswered(TimeSpan.FromMilliseconds(1));
            (await replica.SaveAsync(trial, default)).OrThrow();
            trial.Of(2).OnFailed();
            (await replica.SaveAsync(trial, default)).OrThrow();
        }

        var read = await replicas[0].ReadAsync("default", "churn", "x/2", default);
        Assert.Equal((4, 2, 0.5), (read[2].Requests, read[2].Errors, read[2].ErrorRate));
        (await replicas[0].ForgetAsync("default", "churn", "x/2", default)).OrThrow();
        Assert.Empty(await replicas[0].ReadAsync("default", "churn", "x/1", default));
        Assert.Single(await replicas[0].ReadAsync("default", "churn", "x/2", default));
    }

    private Task<TestFloor> FloorAsync() =>
        TestFloor.CreateAsync(engine, new ManualTimeProvider(), modules: [new ModuleMigrations("serving", typeof(ServingModule).Assembly)]);
}
