using Slipway.Kernel.Problems;
using Slipway.Serving.Batching;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Sharing runs: who runs with whom, in what order, and that everybody gets what is theirs.</summary>
public sealed class LaneTests
{
    [Fact]
    public async Task AnIdleModel_RunsAtOnce_WithTheRequestsOwnMemory()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8, TimeSpan.FromSeconds(5)));

        var asked = lane.AskAsync(3);

        Assert.Equal(1, model.Started);
        (await model.NextAsync()).End();
        Assert.Equal((float[])[3], (await asked).Y);
        Assert.Equal(TimeSpan.Zero, (await asked).Ran.Queued);
    }

    [Fact]
    public async Task WhatQueuedWhileTheModelWasBusy_RunsAsOne_AndEachGetsItsOwnRows()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        var first = lane.AskAsync(1);
        var others = new[] { lane.AskAsync(2, 3), lane.AskAsync(4), lane.AskAsync(5, 6, 7) };
        (await model.NextAsync()).End();

        var joint = await model.NextAsync();
        lane.Clock.Advance(TimeSpan.FromMilliseconds(3));
        joint.End();
        var answers = await Task.WhenAll(others);

        Assert.Equal([2, 3, 4, 5, 6, 7], joint.X);
        Assert.Equal(1, (await first).Total);
        Assert.Equal([[2, 3], [4], [5, 6, 7]], answers.Select(a => a.Y));
        Assert.All(answers, a => Assert.Equal(27, a.Total));
        Assert.Equal(2, lane.Statistics.Executions);
        Assert.Equal([1, 6], lane.Statistics.Batches.Select(b => b.Key));
        Assert.All(answers, a => Assert.Equal(TimeSpan.FromMilliseconds(3), a.Ran.Computed));
    }

    [Fact]
    public async Task ARun_HasNeverMoreRowsThanAllowed_ButARequestThatIsLargerRunsAlone()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(4));
        var asked = new List<Task<Answer>> { lane.AskAsync(0) };
        asked.AddRange([lane.AskAsync(1, 2, 3), lane.AskAsync(4, 5), lane.AskAsync(6, 7, 8, 9, 10, 11), lane.AskAsync(12)]);

        var runs = new List<float[]>();
        for (var i = 0; i < 4; i++)
        {
            var run = await model.NextAsync();
            runs.Add(run.X);
            run.End();
        }

        await Task.WhenAll(asked);

        // Nobody of a kind overtakes another: the two rows do not fit beside the three, so the last one waits with them; who is too large runs by itself.
        Assert.Equal([[0], [1, 2, 3], [4, 5, 12], [6, 7, 8, 9, 10, 11]], runs);
    }

    [Fact]
    public async Task OtherShapesOrOutputs_AreNotMixed()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        var asked = new List<Task<Answer>>
        {
            lane.AskAsync(0), lane.AskAsync(1), lane.AskAsync(LaneHarness.Request([1, 2], [2, 3])), lane.AskAsync(LaneHarness.Request(4), outputs: [0]), lane.AskAsync(5),
            lane.AskAsync(LaneHarness.Request([1, 2], [6, 7])),
        };

        var runs = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var run = await model.NextAsync();
            runs.Add($"{string.Join(',', run.Shape)}: {string.Join(',', run.X)} -> {string.Join(',', run.Outputs)}");
            run.End();
        }

        await Task.WhenAll(asked);

        Assert.Equal(["1,1: 0 -> ", "2,1: 1,5 -> ", "2,2: 2,3,6,7 -> ", "1,1: 4 -> 0"], runs);
    }

    [Fact]
    public async Task ABatchThatFails_IsTakenApart_SoThatOneBadRequestFailsAlone()
    {
        var model = new GatedModel { Poison = -1 };
        using var lane = new LaneHarness(model, LaneHarness.Batches(16));
        var first = lane.AskAsync(0);
        var others = Enumerable.Range(1, 7).Select(i => lane.AskAsync(i == 5 ? -1 : i)).ToArray();
        using var stop = new CancellationTokenSource();
        var ending = EndAllAsync(model, stop.Token);

        var answers = await Task.WhenAll(others);
        await first;
        await stop.CancelAsync();
        await ending;

        Assert.Equal([1, 2, 3, 4, 0, 6, 7], answers.Select(a => a.Problem is null ? Assert.Single(a.Y) : 0));
        Assert.Equal("poison", answers[4].Problem!.Message);

        // One run of seven, then halves: (1 2 3) (4 -1 6) (7), then 4, -1 and 6 by themselves.
        Assert.Equal(1 + 1 + 3 + 3, lane.Statistics.Executions);
    }

    [Fact]
    public async Task ACallerWhoLeavesTheQueue_IsNotRun()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        using var caller = new CancellationTokenSource();
        var first = lane.AskAsync(0);
        var leaver = lane.AskAsync(LaneHarness.Request(1), cancellation: caller.Token);
        var stayer = lane.AskAsync(2);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        Assert.Equal(1, lane.Lane.Queued);
        (await model.NextAsync()).End();
        var second = await model.NextAsync();
        second.End();

        Assert.Equal([2], second.X);
        Assert.Equal((float[])[2], (await stayer).Y);
        await first;
    }

    [Fact]
    public async Task ACallerWhoLeavesASharedRun_DoesNotStopTheOthers_ButTheLastOneDoes()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        using var one = new CancellationTokenSource();
        using var two = new CancellationTokenSource();
        var first = lane.AskAsync(0);
        var leaver = lane.AskAsync(LaneHarness.Request(1), cancellation: one.Token);
        var other = lane.AskAsync(LaneHarness.Request(2), cancellation: two.Token);
        (await model.NextAsync()).End();
        var joint = await model.NextAsync();

        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        Assert.False(joint.Cancellation.IsCancellationRequested);
        lane.Shared.Retire();
        await two.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);

        Assert.True(joint.Cancellation.IsCancellationRequested);
        await first;
        await lane.Shared.Freed.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.True(model.IsDisposed);
    }

    [Fact]
    public async Task TheModelIsNotFreedUnderASharedRun_AlthoughItsCallersHaveGone()
    {
        var model = new StubbornModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        using var callers = new CancellationTokenSource();
        var first = lane.AskAsync(LaneHarness.Request(0));
        var leavers = new[] { lane.AskAsync(LaneHarness.Request(1), cancellation: callers.Token), lane.AskAsync(LaneHarness.Request(2), cancellation: callers.Token) };
        model.EndOne();
        await first;
        await model.UntilRunningAsync();
        lane.Shared.Retire();
        await callers.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(leavers));

        Assert.False(model.IsDisposed);
        model.EndOne();
        await lane.Shared.Freed.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.True(model.IsDisposed);
    }

    [Fact]
    public async Task TheLatencyKnob_IsNoTimeout_AndHoldsBackOnlyWhileTheModelRunsAnyway()
    {
        var model = new GatedModel(parallelism: 2);
        using var lane = new LaneHarness(model, LaneHarness.Batches(4, TimeSpan.FromMilliseconds(50)));
        var first = lane.AskAsync(0);
        var running = await model.NextAsync();
        var second = lane.AskAsync(1);
        var third = lane.AskAsync(2);
        Assert.Equal(1, model.Started);

        lane.Clock.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal(1, model.Started);
        lane.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var joint = await model.NextAsync();
        Assert.Equal([1, 2], joint.X);

        // A run that ends leaves the model idle but for the joint one; a long run refuses nobody.
        lane.Clock.Advance(TimeSpan.FromSeconds(20));
        joint.End();
        running.End();
        Assert.All(await Task.WhenAll(first, second, third), a => Assert.Null(a.Problem));
    }

    [Fact]
    public async Task ABatchThatIsFull_OrHasAPreferredSize_DoesNotWait()
    {
        var model = new GatedModel(parallelism: 3);
        using var lane = new LaneHarness(model, LaneHarness.Batches(6, TimeSpan.FromMinutes(1), preferred: [2, 4]));
        var first = lane.AskAsync(0);
        var running = await model.NextAsync();
        var asked = new List<Task<Answer>> { lane.AskAsync(1) };
        Assert.Equal(1, model.Started);
        asked.Add(lane.AskAsync(2));
        var preferred = await model.NextAsync();
        asked.Add(lane.AskAsync(1, 2, 3, 4, 5, 6));
        var full = await model.NextAsync();
        asked.Add(lane.AskAsync(9));

        Assert.Equal([1, 2], preferred.X);
        Assert.Equal(6, full.X.Length);
        foreach (var run in new[] { running, preferred, full })
        {
            run.End();
        }

        // Idle again: the last one goes although its batch is neither.
        (await model.NextAsync()).End();
        await first;
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task WaitingForMore_NeverTakesLongerThanARun()
    {
        var model = new GatedModel(parallelism: 2);
        using var lane = new LaneHarness(model, LaneHarness.Batches(8, TimeSpan.FromSeconds(5)));
        var measured = lane.AskAsync(0);
        var run = await model.NextAsync();
        lane.Clock.Advance(TimeSpan.FromMilliseconds(10));
        run.End();
        await measured;

        var busy = lane.AskAsync(1);
        var first = await model.NextAsync();
        var waiting = lane.AskAsync(2);
        lane.Clock.Advance(TimeSpan.FromMilliseconds(10));
        var second = await model.NextAsync();

        Assert.Equal([2], second.X);
        first.End();
        second.End();
        await Task.WhenAll(busy, waiting);
    }

    [Fact]
    public async Task OutputsWithoutARowForEach_EndSharing_AndEverybodyIsAnsweredAlone()
    {
        var model = new GatedModel(rowsOut: false);
        using var lane = new LaneHarness(model, LaneHarness.Batches(8));
        var first = lane.AskAsync(0);
        var others = new[] { lane.AskAsync(1), lane.AskAsync(2) };
        for (var i = 0; i < 4; i++)
        {
            (await model.NextAsync()).End();
        }

        Assert.Equal([1, 2], (await Task.WhenAll(others)).Select(a => a.Total));
        Assert.Contains("row for each", lane.Lane.WhyNoBatches, StringComparison.Ordinal);
        Assert.Null(lane.Lane.Batching);
        await first;
    }

    [Fact]
    public void AModelWithoutAVariableFirstDimension_SaysWhyItIsNotBatched()
    {
        using var lane = new LaneHarness(new GatedModel { Inputs = [new("x", Slipway.Engines.Onnx.OnnxType.FP32, [4, -1])] }, LaneHarness.Batches(8));

        Assert.Contains("first dimension of input 'x' is 4", lane.Lane.WhyNoBatches, StringComparison.Ordinal);
        Assert.Null(lane.Lane.Batching);
    }

    [Fact]
    public async Task ARunThatTakesLongerThanTheBatchersTimeout_IsEnded()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, LaneHarness.Batches(8, timeout: TimeSpan.FromSeconds(2)));
        var first = lane.AskAsync(0);
        var others = new[] { lane.AskAsync(1), lane.AskAsync(2) };
        (await model.NextAsync()).End();
        await first;
        var joint = await model.NextAsync();

        lane.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.All(await Task.WhenAll(others), a => Assert.Equal(ProblemCode.DeadlineExceeded, a.Problem!.Code));
        Assert.True(joint.Cancellation.IsCancellationRequested);
    }

    private static async Task EndAllAsync(GatedModel model, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            var next = model.NextAsync().AsTask();
            if (await Task.WhenAny(next, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, until)) != next)
            {
                return;
            }

            (await next).End();
        }
    }
}
