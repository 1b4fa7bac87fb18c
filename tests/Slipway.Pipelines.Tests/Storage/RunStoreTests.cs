using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Tests.Storage;

public class RunStoreOnSqlite() : RunStoreTests(DatabaseEngine.Sqlite);

public class RunStoreOnPostgres() : RunStoreTests(DatabaseEngine.PostgreSql);

/// <summary>The store's promises, on each database.</summary>
public abstract class RunStoreTests(DatabaseEngine engine)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task TheSameKeyAgain_FindsTheFirstRunAndMakesNoSecond()
    {
        await using var bench = await BenchAsync();

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bench.Store.InsertAsync(Row($"run-{i}", key: "same"), "{}", default)));

        Assert.Single(made, r => r.OrThrow().Made);
        Assert.Single(made.Select(r => r.OrThrow().Run.Id).Distinct());
        Assert.Single(await bench.EventsAsync("pipeline.run.submitted"));
    }

    [Fact]
    public async Task FreeRuns_AreTakenOnceTheUrgentFirst()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Row("a") with { Created = 1 });
        await bench.InsertAsync(Row("b") with { Created = 2 });
        await bench.InsertAsync(Row("c") with { Created = 3, Priority = 5 });

        await bench.Store.KeepAliveAsync("one", Lease, alone: false, default);

        var (one, two) = (await bench.Store.TakeAsync("one", 2, default), await bench.Store.TakeAsync("two", 2, default));

        Assert.Equal(["c", "a"], one.Select(r => r.Id));
        Assert.Equal(["b"], two.Select(r => r.Id));
    }

    [Fact]
    public async Task RunsOfAServerThatShowsNoLife_AreTakenOverAndItsWritesRefused()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Row("a"));
        await bench.Store.KeepAliveAsync("one", Lease, alone: false, default);
        var before = Assert.Single(await bench.Store.TakeAsync("one", 9, default));
        Assert.Empty(await bench.Store.TakeAsync("two", 9, default));
        (await bench.CommitAsync("one", before.Token, "x")).OrThrow();

        bench.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await bench.Store.KeepAliveAsync("two", Lease, alone: false, default);
        var after = Assert.Single(await bench.Store.TakeAsync("two", 9, default));

        Assert.True(after.Token > before.Token);
        Assert.Equal(ProblemCode.Conflict, (await bench.CommitAsync("one", before.Token, "y")).Problem!.Code);
        (await bench.CommitAsync("two", after.Token, "z")).OrThrow();
        Assert.Equal(["x", "z"], (await bench.Store.TasksAsync("a", default)).Select(t => t.Name));
    }

    [Fact]
    public async Task ServerThatIsAlone_TakesItsPredecessorsRunsAtOnce()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Row("a"));
        await bench.Store.KeepAliveAsync("before", Lease, alone: true, default);
        Assert.Single(await bench.Store.TakeAsync("before", 9, default));

        await bench.Store.KeepAliveAsync("now", Lease, alone: true, default);

        Assert.Single(await bench.Store.TakeAsync("now", 9, default));
    }

    [Fact]
    public async Task WishForTheEnd_OutlivesWhatTheOwnerWritesMeanwhile()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Row("a"));
        var run = Assert.Single(await bench.Store.TakeAsync("one", 9, default));
        (await bench.Store.CancelAsync("a", default)).OrThrow();

        (await bench.CommitAsync("one", run.Token, "x", run with { State = nameof(RunState.Running) })).OrThrow();

        Assert.Equal("Canceling", (await bench.Store.FindAsync("a", default))!.State);
        Assert.Equal(["a"], await bench.Store.CancelledAsync("one", default));
        (await bench.CommitAsync("one", run.Token, "x", run with { State = nameof(RunState.Canceled), Finished = 1 })).OrThrow();
        Assert.Equal("Canceled", (await bench.Store.FindAsync("a", default))!.State);
        Assert.Equal("Cancelled", (string?)JsonNode.Parse(Assert.Single(await bench.EventsAsync("pipeline.run.finished")).Payload.Span)!["state"]);
    }

    [Fact]
    public async Task Delete_TakesEverythingButOnlyAfterTheEnd()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Row("a"));
        var run = Assert.Single(await bench.Store.TakeAsync("one", 9, default));
        Assert.Equal(ProblemCode.Conflict, (await bench.Store.DeleteAsync("a", default)).Problem!.Code);
        var artifact = new ArtifactRow("a", "root/x", "out", "data", 0) { Id = "i", Namespace = "default", Digest = new string('a', 64) };
        var commit = new RunCommit("a", "one", run.Token, [], [artifact], [new CacheRow("default", "f") { RunId = "a" }], run with { State = "Succeeded" }) { Objects = [new string('b', 64)] };
        (await bench.Store.CommitAsync(commit, default)).OrThrow();
        Assert.Equal(2, (await bench.HeldAsync(new string('a', 64), new string('b', 64), new string('c', 64))).Count);

        (await bench.Store.DeleteAsync("a", default)).OrThrow();

        Assert.Null(await bench.Store.FindAsync("a", default));
        Assert.Null(await bench.Store.FindCachedAsync("default", "f", default));
        Assert.Null(await bench.Store.SpecAsync("digest", default));
        Assert.Empty(await bench.HeldAsync(new string('a', 64), new string('b', 64)));
        Assert.Equal(ProblemCode.NotFound, (await bench.Store.DeleteAsync("a", default)).Problem!.Code);
    }

    [Fact]
    public async Task RunsOfTheFirstEngine_KeepTheirStepsAndGoOn()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(engine, clock);
        await ApplyAsync(floor, "0001_runs");
        await ExecuteAsync(floor, """
            INSERT INTO pipeline_runs (id, namespace, pipeline, state, definition, parameters, labels, reason, idempotency_key, created)
            VALUES ('old', 'default', 'p', 'Running', '{"steps":[{"name":"a","uses":"x"},{"name":"b","uses":"x","needs":["a"]}]}', '{}', '{}', 'r', 'k', 5),
                   ('gone', 'default', 'p', 'Cancelled', '{"steps":[{"name":"a","uses":"x"}]}', '{}', '{}', 'r', 'k2', 6);
            INSERT INTO pipeline_steps (run_id, name, position, component, state, attempt, not_before, started, finished, outputs)
            VALUES ('old', 'a', 0, 'x', 'Succeeded', 1, 0, 5, 6, '{"v":1}'), ('old', 'b', 1, 'x', 'Running', 1, 0, 7, NULL, NULL)
            """);

        await ApplyAsync(floor, "0002_engine");
        await ApplyAsync(floor, "0003_objects");

        var store = new RunStore(floor.Database, clock);
        Assert.Equal(("Canceled", "p"), ((await store.FindAsync("gone", default))!.State, (await store.FindAsync("gone", default))!.DisplayName));
        var run = Assert.Single(await store.TakeAsync("one", 9, default));
        var task = Assert.Single(await store.TasksAsync("old", default));
        Assert.Equal(("old", null, "root/a", "Succeeded"), (run.Id, run.SpecDigest, task.Path, task.State));
        Assert.Equal("""{"v":1}""", TaskValuesJson.Parse(task.Outputs!).Parameters["outputs"]!.ToJsonString());
    }

    private static RunRow Row(string id, string? key = null) => new(id, "default", "p", nameof(RunState.Pending)) { IdempotencyKey = key ?? id, SpecDigest = "digest" };

    private static async Task ApplyAsync(TestFloor floor, string migration)
    {
        using var text = new StreamReader(typeof(PipelinesModule).Assembly.GetManifestResourceStream($"Slipway.Pipelines.Migrations.{migration}.sql")!);
        await ExecuteAsync(floor, await text.ReadToEndAsync());
    }

    private static async Task ExecuteAsync(TestFloor floor, string sql) =>
        (await floor.Database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync(sql), default)).OrThrow();

    private async Task<Bench> BenchAsync()
    {
        var clock = new ManualTimeProvider();
        var floor = await TestFloor.CreateAsync(engine, clock, modules: new ModuleMigrations("pipelines", typeof(PipelinesModule).Assembly));
        return new Bench(floor, clock, new RunStore(floor.Database, clock));
    }

    private sealed record Bench(TestFloor Floor, ManualTimeProvider Clock, RunStore Store) : IAsyncDisposable
    {
        public async Task InsertAsync(RunRow run) => (await Store.InsertAsync(run, "{}", default)).OrThrow();

        public Task<Result<Unit>> CommitAsync(string server, long token, string task, RunRow? run = null) =>
            Store.CommitAsync(new RunCommit("a", server, token, [new TaskRow("a", "root/" + task) { Name = task, State = "Running", Kind = "Container" }], [], [], run), default);

        public Task<IReadOnlyCollection<string>> HeldAsync(params string[] digests) => Floor.Database.ReadAsync((session, _) => Store.HeldAsync(session, digests), default);

        public Task<IReadOnlyList<Event>> EventsAsync(string type) => Floor.Events.ReadAsync(0, new EventFilter(type), 100, default);

        public ValueTask DisposeAsync() => Floor.DisposeAsync();
    }
}
