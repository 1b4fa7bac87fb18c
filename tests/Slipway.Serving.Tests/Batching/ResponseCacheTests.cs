using Slipway.Serving.Batching;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Batching;

public sealed class ResponseCacheTests
{
    private static readonly RunPolicy Cached = RunPolicy.Default with { Cache = new CachePolicy(1 << 20, 100, TimeSpan.FromMinutes(1)) };

    [Fact]
    public async Task TheSameContent_RunsOnce_AlsoWhenItComesTwiceAtATime()
    {
        var model = new GatedModel(parallelism: 8);
        using var lane = new LaneHarness(model, Cached);
        var asked = new[] { lane.AskAsync(1, 2), lane.AskAsync(1, 2), lane.AskAsync(2, 1) };
        (await model.NextAsync()).End();
        (await model.NextAsync()).End();
        var later = await lane.AskAsync(1, 2);

        Assert.Equal(2, model.Started);
        Assert.Equal([[1, 2], [1, 2], [2, 1]], (await Task.WhenAll(asked)).Select(a => a.Y));
        Assert.Equal((float[])[1, 2], later.Y);
        Assert.Equal(RanBy.Cache, later.Ran.By);
        Assert.Equal(2, lane.Statistics.CacheHit.Count);
        Assert.Equal(2, lane.Statistics.CacheMiss.Count);
    }

    [Fact]
    public async Task OtherShapesTypesOrOutputs_AreOtherContent()
    {
        var model = new GatedModel(parallelism: 8);
        using var lane = new LaneHarness(model, Cached);
        var asked = new[]
        {
            lane.AskAsync(LaneHarness.Request([2, 1], [1, 2])), lane.AskAsync(LaneHarness.Request([1, 2], [1, 2])), lane.AskAsync(LaneHarness.Request([2, 1], [1, 2]), outputs: [0]),
        };
        for (var i = 0; i < 3; i++)
        {
            (await model.NextAsync()).End();
        }

        Assert.Equal([2, 1, 2], (await Task.WhenAll(asked)).Select(a => a.Rows));
    }

    [Fact]
    public async Task AnAnswerIsNotUsedPastItsTime()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, Cached);
        var first = lane.AskAsync(1);
        (await model.NextAsync()).End();
        await first;

        lane.Clock.Advance(TimeSpan.FromSeconds(59));
        await lane.AskAsync(1);
        lane.Clock.Advance(TimeSpan.FromSeconds(1));
        var again = lane.AskAsync(1);
        (await model.NextAsync()).End();
        await again;

        Assert.Equal(2, model.Started);
    }

    [Fact]
    public async Task AFailure_IsNobodysAnswerButItsOwn()
    {
        var model = new GatedModel(parallelism: 8) { Poison = 1 };
        using var lane = new LaneHarness(model, Cached);
        var asked = new[] { lane.AskAsync(1), lane.AskAsync(1) };
        (await model.NextAsync()).End();
        (await model.NextAsync()).End();
        Assert.All(await Task.WhenAll(asked), a => Assert.Equal("poison", a.Problem!.Message));

        var later = lane.AskAsync(1);
        (await model.NextAsync()).End();
        Assert.NotNull((await later).Problem);
        Assert.Equal(3, model.Started);
    }

    [Fact]
    public async Task WhenTheCallerWhoRunsItLeaves_AnotherOneDoes()
    {
        var model = new GatedModel(parallelism: 8);
        using var lane = new LaneHarness(model, Cached);
        using var caller = new CancellationTokenSource();
        var leads = lane.AskAsync(LaneHarness.Request(1), cancellation: caller.Token);
        var follows = new[] { lane.AskAsync(1), lane.AskAsync(1) };
        var abandoned = await model.NextAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leads);

        (await model.NextAsync()).End();

        Assert.True(abandoned.Cancellation.IsCancellationRequested);
        Assert.All(await Task.WhenAll(follows), a => Assert.Equal((float[])[1], a.Y));
        Assert.Equal(2, model.Started);
    }

    [Fact]
    public void TheOldestGoFirst_WhenBytesOrEntriesRunOut()
    {
        var answer = new StoredAnswer(new FloatTensors([new Floats(new("y", Slipway.Engines.Onnx.OnnxType.FP32, [-1]), [100], new float[100])]));
        var cache = new ResponseCache(new CachePolicy(answer.Size * 3, 100, null), TimeProvider.System);
        CacheKey Key(ulong n) => new(n, 0, 0, 0);
        void Add(ulong n)
        {
            var (_, flight, leads) = cache.Begin(Key(n));
            Assert.True(leads);
            cache.End(Key(n), flight!, answer, left: false);
        }

        Add(1);
        Add(2);
        Add(3);
        Assert.NotNull(cache.Begin(Key(1)).Answer);
        Add(4);

        Assert.Equal((3, answer.Size * 3), cache.Held);
        Assert.NotNull(cache.Begin(Key(1)).Answer);
        Assert.Null(cache.Begin(Key(2)).Answer);
    }
}
