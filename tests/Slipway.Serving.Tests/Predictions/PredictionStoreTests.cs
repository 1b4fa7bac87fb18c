using Slipway.Conformance;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Serving.Feedback;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Tests.Predictions;

/// <summary>The module's stores, on both databases.</summary>
public abstract class PredictionStoreTests(DatabaseEngine engine)
{
    private static readonly DateTimeOffset January = new(2003, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task TheSameIdAndVersion_IsKeptOnce_AndTheFirstValueStands()
    {
        await using var floor = await FloorAsync();
        var store = new PredictionStore(floor.Database);

        (await store.AppendAsync([Row("a", 1, 1), Row("a", 2, 2, served: false)], None)).OrThrow();
        (await store.AppendAsync([Row("a", 1, 99), Row("b", 1, 3)], None)).OrThrow();

        var rows = await store.ReadAsync("default", "s", January, January.AddDays(1), None);
        Assert.Equal([("a", 1L, 1d, 1L), ("a", 2L, 2d, 0L), ("b", 1L, 3d, 1L)], rows.Select(r => (r.Id, r.ModelVersion, r.PredictionNumber!.Value, r.Served)));
        Assert.Empty(await store.ReadAsync("default", "other", January, January.AddDays(1), None));
        Assert.Empty(await store.ReadAsync("elsewhere", "s", January, January.AddDays(1), None));
    }

    [Fact]
    public async Task AnIdSentAgainAfterARollout_KeepsOneServedAnswer()
    {
        await using var floor = await FloorAsync();
        var store = new PredictionStore(floor.Database);

        (await store.AppendAsync([Row("a", 1, 1)], None)).OrThrow();
        (await store.AppendAsync([Row("a", 2, 2)], None)).OrThrow();

        var rows = await store.ReadAsync("default", "s", January, January.AddDays(1), None);
        Assert.Equal([1L, 0L], rows.Select(r => r.Served));
    }

    [Fact]
    public async Task RowsOfTheSameIdInOneBatch_AreTakenInTheirOrder()
    {
        await using var floor = await FloorAsync();
        var store = new PredictionStore(floor.Database);

        Assert.Equal(5, (await store.AppendAsync(
            [Row("a", 1, null, served: false), Row("b", 1, 1), Row("a", 2, 2), Row("a", 1, 3), Row("b", 1, 9), Row("a", 3, 4)], None)).OrThrow());

        var rows = await store.ReadAsync("default", "s", January, January.AddDays(1), None);
        Assert.Equal(
            [("a", 1L, 3d, 0L), ("a", 2L, 2d, 1L), ("a", 3L, 4d, 0L), ("b", 1L, 1d, 1L)], rows.Select(r => (r.Id, r.ModelVersion, r.PredictionNumber!.Value, r.Served)));
    }

    [Fact]
    public async Task AFailure_GivesWayToAnAnswer_ButNotTheOtherWayRound()
    {
        await using var floor = await FloorAsync();
        var store = new PredictionStore(floor.Database);

        (await store.AppendAsync([Row("a", 1, null, served: false)], None)).OrThrow();
        Assert.Equal((0, 1), await ServedAndFailedAsync(store));
        (await store.AppendAsync([Row("a", 1, 4)], None)).OrThrow();
        (await store.AppendAsync([Row("a", 1, null, served: false)], None)).OrThrow();

        Assert.Equal((1, 0), await ServedAndFailedAsync(store));
    }

    [Fact]
    public async Task Columns_AreRebuilt_WithMissingValuesAndLabelsOfTheSameKind()
    {
        await using var floor = await FloorAsync();
        var (store, feedback) = (new PredictionStore(floor.Database), new FeedbackStore(floor.Database, floor.Time));
        (await store.AppendAsync(
            [
                Row("a", 1, null, text: "1") with { Inputs = """{"city":"Austin","sales":null,"pair":[1,2]}""", Probabilities = """{"0":0.25,"1":0.75}""" },
                Row("b", 2, null, text: "0") with { Inputs = """{"city":"","sales":3.5,"pair":[3,4]}""", Probabilities = """{"2":1}""" },
            ],
            None)).OrThrow();
        (await feedback.AcceptAsync("default", "s", [new LabelValue("a", 1, null)], null, None)).OrThrow();

        var log = await new PredictionLog(store, feedback).ReadAsync("default", "s", January, January.AddDays(1), None);

        Assert.Equal(["a", "b"], log.Ids);
        Assert.Equal(new string?[] { "Austin", null }, ((TextColumn)log.Inputs["city"]).Values);
        Assert.Equal([double.NaN, 3.5], ((NumericColumn)log.Inputs["sales"]).Values);
        Assert.Equal([2d, 4], ((NumericColumn)log.Inputs["pair[1]"]).Values);
        Assert.Equal(new string?[] { "1", null }, ((TextColumn)log.Labels).Values);
        Assert.Equal(["0", "1", "2"], log.Classes);
        Assert.Equal([double.NaN, double.NaN, 1], log.Probabilities![1]);
    }

    [Fact]
    public async Task Labels_AreKeptOnce_AndADifferentOneRefusesTheWholeRequest()
    {
        await using var floor = await FloorAsync();
        var feedback = new FeedbackStore(floor.Database, floor.Time);
        Assert.Equal(2, (await feedback.AcceptAsync("default", "s", [new("a", 1.5, null), new("b", null, "yes")], null, None)).OrThrow().Stored);
        Assert.Equal(0, (await feedback.AcceptAsync("default", "s", [new("a", 1.5, null), new("b", null, "yes")], null, None)).OrThrow().Stored);

        var refused = await feedback.AcceptAsync("default", "s", [new("c", 3, null), new("a", 2, null)], null, None);

        Assert.Equal(ProblemCode.Conflict, refused.Problem!.Code);
        Assert.Contains("'a'", refused.Problem.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await feedback.AcceptAsync("default", "s", [new("c", 4, null)], null, None)).OrThrow().Stored);
    }

    [Fact]
    public async Task AWatermark_ClosesWindowsInOrder_NeverBackwards_WithOneEventEach()
    {
        await using var floor = await FloorAsync();
        var (store, feedback) = (new PredictionStore(floor.Database), new FeedbackStore(floor.Database, floor.Time));
        Assert.Null((await feedback.AcceptAsync("default", "s", [], January.AddDays(9), None)).OrThrow().Closed);
        (await store.AppendAsync([Row("a", 1, 1)], None)).OrThrow();
        var (first, second) = (January.AddDays(31), January.AddDays(59));

        Assert.Null((await feedback.AcceptAsync("default", "s", [], January, None)).OrThrow().Closed);
        var one = (await feedback.AcceptAsync("default", "s", [], first, None)).OrThrow().Closed;
        var again = (await feedback.AcceptAsync("default", "s", [], first, None)).OrThrow().Closed;
        var back = await feedback.AcceptAsync("default", "s", [new("z", 1, null)], January.AddDays(5), None);
        var two = (await feedback.AcceptAsync("default", "s", [], second, None)).OrThrow().Closed;

        Assert.Equal((1, January.AddHours(1), first), (one!.Number, one.From, one.Until));
        Assert.Null(again);
        Assert.Equal(ProblemCode.Conflict, back.Problem!.Code);
        Assert.Equal((2, first, second), (two!.Number, two.From, two.Until));
        Assert.Equal([one, two], await feedback.WindowsAsync("default", "s", 0, None));
        Assert.Equal([two], await feedback.WindowsAsync("default", "s", 1, None));
        var events = await floor.Events.ReadAsync(0, new EventFilter(FeedbackStore.ClosedEvent), 10, None);
        Assert.Equal(["inferenceservices/s", "inferenceservices/s"], events.Select(e => e.Subject));
        Assert.Equal(1, (await feedback.AcceptAsync("default", "s", [new("z", 2, null)], null, None)).OrThrow().Stored);
    }

    [Fact]
    public async Task Revisions_AreNumberedByContent()
    {
        await using var floor = await FloorAsync();
        var store = new RevisionStore(floor.Database, floor.Time);

        var one = (await store.EnsureAsync("default", "s", new RevisionContent("m", 7, "d1", "onnx", ""), None)).OrThrow();
        var two = (await store.EnsureAsync("default", "s", new RevisionContent("m", 8, "d1", "onnx", ""), None)).OrThrow();
        var file = (await store.EnsureAsync("default", "s", new RevisionContent("", 0, "d1", "onnx", ""), None)).OrThrow();

        Assert.Equal(("s-00001", 7), (one.Name, one.ModelVersion));
        Assert.Equal(("s-00002", 8), (two.Name, two.ModelVersion));
        Assert.Equal(("s-00003", 3), (file.Name, file.ModelVersion));
        Assert.Equal(one, (await store.EnsureAsync("default", "s", new RevisionContent("m", 7, "d1", "onnx", ""), None)).OrThrow());
        Assert.Equal(file, (await store.EnsureAsync("default", "s", new RevisionContent("", 0, "d1", "onnx", ""), None)).OrThrow());
        Assert.Equal(two, await store.FindAsync("default", "s", 2, None));
        (await store.DeleteAllAsync("default", "s", None)).OrThrow();
        Assert.Null(await store.FindAsync("default", "s", 2, None));
    }

    private static PredictionRow Row(string id, int version, double? value, bool served = true, string? text = null) => new()
    {
        Namespace = "default", Service = "s", Id = id, ModelVersion = version, EventTime = Micros.Of(January.AddHours(1)), Served = served ? 1 : 0,
        PredictionNumber = value, PredictionText = text, LatencyMicros = 12, Error = value is null && text is null ? "it failed" : null,
    };

    private static async Task<(int Served, int Failed)> ServedAndFailedAsync(PredictionStore store)
    {
        var summary = await store.SummarizeAsync("default", "s", January, January.AddDays(1), None);
        return ((int)summary.Served, (int)summary.Failed);
    }

    private Task<TestFloor> FloorAsync() => TestFloor.CreateAsync(engine, modules: new ModuleMigrations("serving", typeof(ServingModule).Assembly));
}

public sealed class PredictionStoreOnSqliteTests() : PredictionStoreTests(DatabaseEngine.Sqlite);

public sealed class PredictionStoreOnPostgreSqlTests() : PredictionStoreTests(DatabaseEngine.PostgreSql);
