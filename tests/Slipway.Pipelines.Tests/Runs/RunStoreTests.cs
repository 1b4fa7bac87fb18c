using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Runs;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Tests.Runs;

public class RunStoreOnSqlite() : RunStoreTests(DatabaseEngine.Sqlite);

public class RunStoreOnPostgres() : RunStoreTests(DatabaseEngine.PostgreSql);

/// <summary>The store's promises, on each database.</summary>
public abstract class RunStoreTests(DatabaseEngine engine)
{
    private const string Chain = """{"steps": [{"name": "a", "uses": "x"}, {"name": "b", "uses": "x", "needs": ["a"]}]}""";
    private const string Pair = """{"steps": [{"name": "a", "uses": "x"}, {"name": "b", "uses": "x"}]}""";
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task TheSameKeyAgain_FindsTheFirstRunAndMakesNoSecond()
    {
        await using var bench = await BenchAsync();
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bench.InsertAsync(Chain, "same", new JsonObject { ["i"] = i })));

        Assert.Single(made.Select(r => r.Id).Distinct());
        Assert.Single(await bench.Store.ListAsync("default", null, 10, default));
        Assert.Single(await bench.EventsAsync("pipeline.run.submitted"));
        Assert.Equal(2, (await bench.StepsAsync(made[0].Id)).Count);
    }

    [Fact]
    public async Task TheSameKeyInAnotherNamespace_IsAnotherRun()
    {
        await using var bench = await BenchAsync();

        Assert.NotEqual((await bench.InsertAsync(Chain, "k")).Id, (await bench.InsertAsync(Chain, "k", ns: "other")).Id);
    }

    [Fact]
    public async Task ManyWhoClaimAtOnce_GetEachStepOnce()
    {
        await using var bench = await BenchAsync();
        for (var i = 0; i < 5; i++)
        {
            await bench.InsertAsync(Pair, $"k{i}");
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => bench.ClaimAsync($"owner{i}")));

        var got = claims.OfType<ClaimedStep>().Select(c => (c.Run.Id, c.Step.Name)).ToList();
        Assert.Equal(10, got.Count);
        Assert.Equal(10, got.Distinct().Count());
    }

    [Fact]
    public async Task LateEndOfAnOlderAttempt_IsRefusedAndChangesNothing()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Chain, "k");
        var first = (await bench.ClaimAsync("one"))!;
        bench.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await bench.Store.GiveBackLostAsync("two", default));
        var second = (await bench.ClaimAsync("two"))!;

        Assert.Equal((1, 2), (first.Attempt, second.Attempt));
        Assert.False(await bench.Store.KeepAsync(first, Lease, default));
        Assert.True(await bench.Store.KeepAsync(second, Lease, default));
        Assert.Equal(ProblemCode.Conflict, (await bench.EndAsync(first, StepEvent.Succeed, """{"from": "first"}""")).Problem!.Code);
        Assert.Equal("Running", (await bench.StepsAsync(run.Id))[0].State);
        (await bench.EndAsync(second, StepEvent.Succeed, """{"from": "second"}""")).OrThrow();
        Assert.Equal(ProblemCode.Conflict, (await bench.EndAsync(first, StepEvent.Fail)).Problem!.Code);
        Assert.Equal("""{"from":"second"}""", (await bench.StepsAsync(run.Id))[0].Outputs);
    }

    [Fact]
    public async Task EndedAttempt_CannotEndAgain()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Chain, "k");
        var step = (await bench.ClaimAsync("one"))!;
        (await bench.EndAsync(step, StepEvent.Succeed)).OrThrow();

        Assert.Equal(ProblemCode.Conflict, (await bench.EndAsync(step, StepEvent.Succeed)).Problem!.Code);
    }

    [Fact]
    public async Task ClaimOfALostServer_IsGivenBack()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Chain, "k");
        await bench.ClaimAsync("gone");

        // SQLite belongs to one server at a time, so another owner is a dead one at once; PostgreSQL has to wait for the claim to run out.
        Assert.Equal(engine == DatabaseEngine.Sqlite ? 1 : 0, await bench.Store.GiveBackLostAsync("here", default));
        bench.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await bench.Store.GiveBackLostAsync("here", default);

        var step = (await bench.StepsAsync(run.Id))[0];
        Assert.Equal(("Pending", null, "the server that ran this attempt is gone"), (step.State, step.Owner, step.Error));
        Assert.Equal(2, (await bench.ClaimAsync("here"))!.Attempt);
    }

    [Fact]
    public async Task OwnClaim_IsKeptWhileRenewedAndGivenBackWhenNot()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Chain, "k");
        var step = (await bench.ClaimAsync("here"))!;
        bench.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True(await bench.Store.KeepAsync(step, Lease, default));
        bench.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await bench.Store.GiveBackLostAsync("here", default));

        bench.Clock.Advance(TimeSpan.FromSeconds(20));

        // The end of the attempt never reached the database: without this the run would hang until the next start.
        Assert.Equal(1, await bench.Store.GiveBackLostAsync("here", default));
    }

    [Fact]
    public async Task FailureBesideARunningStep_EndsTheRunOnceItIsOverWithTheFirstError()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Pair, "k");
        var (a, b) = ((await bench.ClaimAsync("one"))!, (await bench.ClaimAsync("one"))!);

        Assert.Null((await bench.EndAsync(a, StepEvent.Fail, error: "a is broken")).OrThrow());
        Assert.Null(await bench.ClaimAsync("one"));
        Assert.Equal(PipelineRunState.Failed, (await bench.EndAsync(b, StepEvent.Succeed)).OrThrow());

        Assert.Equal(("Failed", "a is broken"), await bench.StateAsync(run.Id));
        Assert.Single(await bench.EventsAsync("pipeline.run.finished"));
    }

    [Fact]
    public async Task FailureBesideAStepWhoseServerDied_StillEndsTheRun()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Pair, "k");
        var a = (await bench.ClaimAsync("gone"))!;
        await bench.ClaimAsync("gone");
        (await bench.EndAsync(a, StepEvent.Fail, error: "a is broken")).OrThrow();
        bench.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await bench.Store.GiveBackLostAsync("here", default);

        Assert.Null(await bench.ClaimAsync("here"));

        Assert.Equal(("Failed", "a is broken"), await bench.StateAsync(run.Id));
        Assert.Equal(["Failed", "Skipped"], (await bench.StepsAsync(run.Id)).Select(s => s.State));
        Assert.Single(await bench.EventsAsync("pipeline.run.finished"));
    }

    [Fact]
    public async Task GivenBackStep_WaitsUntilItIsDue()
    {
        await using var bench = await BenchAsync();
        await bench.InsertAsync(Chain, "k");
        var step = (await bench.ClaimAsync("one"))!;
        (await bench.Store.EndStepAsync(step, StepEvent.GiveBack, null, "away", TimeSpan.FromSeconds(5), default)).OrThrow();

        Assert.Null(await bench.ClaimAsync("one"));
        bench.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, (await bench.ClaimAsync("one"))!.Attempt);
    }

    [Fact]
    public async Task LastSteps_EndedAtOnceFinishTheRunExactlyOnce()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Pair, "k");
        var claims = new[] { (await bench.ClaimAsync("one"))!, (await bench.ClaimAsync("one"))! };

        var ended = await Task.WhenAll(claims.Select(c => bench.EndAsync(c, StepEvent.Succeed)));

        Assert.Single(ended, r => r.OrThrow() == PipelineRunState.Succeeded);
        Assert.Equal(("Succeeded", null), await bench.StateAsync(run.Id));
        var finished = Assert.Single(await bench.EventsAsync("pipeline.run.finished"));
        Assert.Equal($"pipelineruns/{run.Id}", finished.Subject);
        Assert.Equal("Succeeded", (string?)JsonNode.Parse(finished.Payload.Span)!["state"]);
    }

    [Fact]
    public async Task CancelledRun_StartsNothingMoreAndKeepsWhatRan()
    {
        await using var bench = await BenchAsync();
        var run = await bench.InsertAsync(Chain, "k");
        var a = (await bench.ClaimAsync("one"))!;
        (await bench.Store.CancelAsync("default", run.Id, default)).OrThrow();
        (await bench.Store.CancelAsync("default", run.Id, default)).OrThrow();

        Assert.Null((await bench.EndAsync(a, StepEvent.Succeed, """{"o": 1}""")).OrThrow());
        Assert.Null(await bench.ClaimAsync("one"));

        Assert.Equal(("Cancelled", "cancelled"), await bench.StateAsync(run.Id));
        Assert.Equal([("Succeeded", """{"o":1}"""), ("Skipped", null)], (await bench.StepsAsync(run.Id)).Select(s => (s.State, s.Outputs)));
        Assert.Single(await bench.EventsAsync("pipeline.run.finished"));
        Assert.Equal(ProblemCode.NotFound, (await bench.Store.CancelAsync("default", "ghost", default)).Problem!.Code);
    }

    [Fact]
    public async Task Runs_AreListedNewestFirst()
    {
        await using var bench = await BenchAsync();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Insert(0, (await bench.InsertAsync(Chain, $"k{i}", pipeline: i == 1 ? "other" : "p")).Id);
            bench.Clock.Advance(TimeSpan.FromMilliseconds(2));
        }

        Assert.Equal(ids, (await bench.Store.ListAsync("default", null, 10, default)).Select(r => r.Id));
        Assert.Equal([ids[0]], (await bench.Store.ListAsync("default", "p", 1, default)).Select(r => r.Id));
        Assert.Equal([ids[1]], (await bench.Store.ListAsync("default", "other", 10, default)).Select(r => r.Id));
    }

    private async Task<Bench> BenchAsync()
    {
        var clock = new ManualTimeProvider();
        var floor = await TestFloor.CreateAsync(engine, clock, modules: new ModuleMigrations("pipelines", typeof(PipelinesModule).Assembly));
        return new Bench(floor, clock, new RunStore(floor.Database, clock));
    }

    private sealed record Bench(TestFloor Floor, ManualTimeProvider Clock, RunStore Store) : IAsyncDisposable
    {
        public async Task<RunRow> InsertAsync(string spec, string key, JsonObject? parameters = null, string ns = "default", string pipeline = "p")
        {
            var definition = PipelineDefinition.Parse((JsonObject)JsonNode.Parse(spec)!).OrThrow();
            var request = new SubmitPipelineRun(ns, pipeline, [], key, "test") { Labels = new Dictionary<string, string> { ["a"] = "b" } };
            return (await Store.InsertAsync(request, Id.New(Clock), definition, spec, parameters ?? [], default)).OrThrow();
        }

        public Task<ClaimedStep?> ClaimAsync(string owner) => Store.ClaimAsync(owner, Lease, default);

        public Task<Result<PipelineRunState?>> EndAsync(ClaimedStep step, StepEvent happened, string? outputs = null, string? error = null) =>
            Store.EndStepAsync(step, happened, outputs is null ? null : (JsonObject)JsonNode.Parse(outputs)!, error, TimeSpan.Zero, default);

        public async Task<IReadOnlyList<StepRow>> StepsAsync(string id) => (await Store.FindAsync("default", id, default))!.Value.Steps;

        public async Task<(string State, string? Error)> StateAsync(string id) =>
            (await Store.FindAsync("default", id, default))!.Value.Run is var run ? (run.State, run.Error) : default;

        public Task<IReadOnlyList<Event>> EventsAsync(string type) => Floor.Events.ReadAsync(0, new EventFilter(type), 100, default);

        public ValueTask DisposeAsync() => Floor.DisposeAsync();
    }
}
