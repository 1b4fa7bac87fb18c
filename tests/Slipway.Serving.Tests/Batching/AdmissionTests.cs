using Slipway.Kernel.Problems;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Limits: what is let in, what is turned away and how, and that work ends when nobody wants it any more.</summary>
public sealed class AdmissionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task ContainerConcurrency_IsAHardLimit()
    {
        var model = new GatedModel(parallelism: 8);
        using var lane = new LaneHarness(model, RunPolicy.Default with { Concurrency = 2 });
        var asked = Enumerable.Range(0, 6).Select(i => lane.AskAsync(i)).ToArray();

        Assert.Equal(2, model.Started);
        var running = new Queue<GatedRun>([await model.NextAsync(), await model.NextAsync()]);
        for (var ended = 0; ended < 4; ended++)
        {
            running.Dequeue().End();
            running.Enqueue(await model.NextAsync());
            Assert.Equal(3 + ended, model.Started);
        }

        running.Dequeue().End();
        running.Dequeue().End();
        Assert.Equal([0, 1, 2, 3, 4, 5], (await Task.WhenAll(asked)).Select(a => a.Y[0]));
    }

    [Fact]
    public async Task AFullQueue_TurnsAwayWith429AndAHintWhenToComeAgain_AndLosesNobodyInIt()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, RunPolicy.Default with { QueueLimit = 2 });
        var measured = lane.AskAsync(0);
        var run = await model.NextAsync();
        lane.Clock.Advance(TimeSpan.FromSeconds(4));
        run.End();
        await measured;
        var inside = new[] { lane.AskAsync(1), lane.AskAsync(2), lane.AskAsync(3) };

        var turnedAway = await lane.AskAsync(4);

        Assert.Equal(ProblemCode.Exhausted, turnedAway.Problem!.Code);
        Assert.Equal(RanBy.Refused, turnedAway.Ran.By);

        // Half of the run under way, the two before it, and its own.
        Assert.Equal(TimeSpan.FromSeconds(2 + 4 + 4 + 4), turnedAway.Problem.RetryAfter);
        for (var i = 0; i < 3; i++)
        {
            (await model.NextAsync()).End();
        }

        Assert.All(await Task.WhenAll(inside), a => Assert.Null(a.Problem));
    }

    [Fact]
    public async Task TheQueue_IsBoundedByBytesToo()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, null, new LaneBounds(1000, 10));
        var first = lane.AskAsync(0);
        var waits = lane.AskAsync(1, 2);

        var tooMuch = await lane.AskAsync(3);

        Assert.Equal(ProblemCode.Exhausted, tooMuch.Problem!.Code);
        (await model.NextAsync()).End();
        (await model.NextAsync()).End();
        await Task.WhenAll(first, waits);
    }

    [Fact]
    public async Task ARequestThatCouldNotBeAnsweredInItsTime_IsRefusedAtOnce_AndWhatIsLetInIsAnsweredInTime()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model);
        var measured = lane.AskAsync(0);
        var run = await model.NextAsync();
        lane.Clock.Advance(Second);
        run.End();
        await measured;
        var busy = lane.AskAsync(1);
        var running = await model.NextAsync();

        // Expected: half a run of the one under way, then its own.
        var inTime = lane.AskAsync(LaneHarness.Request(2), Until(lane, 1.6));
        var late = await lane.AskAsync(LaneHarness.Request(3), Until(lane, 1.6));

        Assert.Equal(ProblemCode.Unavailable, late.Problem!.Code);
        Assert.True(late.Problem.RetryAfter >= Second);
        lane.Clock.Advance(Second / 2);
        running.End();
        var next = await model.NextAsync();
        lane.Clock.Advance(Second);
        next.End();
        Assert.Equal((float[])[2], (await inTime).Y);
        await busy;
    }

    [Fact]
    public async Task ADeadlineThatPassesInTheQueue_TakesTheRequestOut_AndOneThatPassesInTheRunEndsIt()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model);
        var runs = lane.AskAsync(LaneHarness.Request(0), Until(lane, 2));
        var waits = lane.AskAsync(LaneHarness.Request(1), Until(lane, 1));
        var running = await model.NextAsync();

        lane.Clock.Advance(Second);
        Assert.Equal(ProblemCode.DeadlineExceeded, (await waits).Problem!.Code);
        Assert.Equal(0, lane.Lane.Queued);
        Assert.False(running.Cancellation.IsCancellationRequested);
        lane.Clock.Advance(Second);

        Assert.Equal(ProblemCode.DeadlineExceeded, (await runs).Problem!.Code);
        Assert.True(running.Cancellation.IsCancellationRequested);
        Assert.Equal(1, model.Started);
    }

    [Fact]
    public async Task TheRequestsOwnQueueTimeout_CountsTheQueueOnly()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model);
        var first = lane.AskAsync(0);
        var patient = LaneHarness.Request(1);
        patient.QueueTimeout = TimeSpan.FromSeconds(3);
        var hasty = LaneHarness.Request(2);
        hasty.QueueTimeout = TimeSpan.FromMilliseconds(500);
        var (waits, expires) = (lane.AskAsync(patient), lane.AskAsync(hasty));

        lane.Clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(ProblemCode.Unavailable, (await expires).Problem!.Code);
        (await model.NextAsync()).End();
        var second = await model.NextAsync();
        lane.Clock.Advance(TimeSpan.FromSeconds(60));
        second.End();
        Assert.Equal((float[])[1], (await waits).Y);
        await first;
    }

    [Fact]
    public async Task Priority_GoesFirst_AndAmongEqualsWhoCameFirst()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model);
        var asked = new List<Task<Answer>> { lane.AskAsync(0) };
        foreach (var (x, priority) in new[] { (1f, 0), (2f, 9), (3f, 1), (4f, 0), (5f, 1) })
        {
            var request = LaneHarness.Request(x);
            request.Priority = priority;
            asked.Add(lane.AskAsync(request));
        }

        var order = new List<float>();
        for (var i = 0; i < 6; i++)
        {
            var run = await model.NextAsync();
            order.Add(run.X[0]);
            run.End();
        }

        await Task.WhenAll(asked);
        Assert.Equal([0, 3, 5, 1, 4, 2], order);
    }

    [Fact]
    public async Task ACallerWhoLeaves_EndsItsRun()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model);
        using var caller = new CancellationTokenSource();
        var asked = lane.AskAsync(LaneHarness.Request(0), cancellation: caller.Token);
        var next = lane.AskAsync(1);
        var run = await model.NextAsync();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.True(run.Cancellation.IsCancellationRequested);
        (await model.NextAsync()).End();
        Assert.Equal((float[])[1], (await next).Y);
    }

    [Fact]
    public async Task AMirroredRun_TakesNoTurn()
    {
        var model = new GatedModel();
        using var lane = new LaneHarness(model, RunPolicy.Default with { QueueLimit = 0 });
        var asked = lane.AskAsync(0);
        var aside = lane.AskAsync(LaneHarness.Request(1), new RunLimits(0, Aside: true));

        Assert.Equal(2, model.Started);
        (await model.NextAsync()).End();
        (await model.NextAsync()).End();
        Assert.All(await Task.WhenAll(asked, aside), a => Assert.Null(a.Problem));
    }

    [Fact]
    public async Task ANewPolicy_LetsGoWhoWaits()
    {
        var model = new GatedModel(parallelism: 8);
        using var lane = new LaneHarness(model, RunPolicy.Default with { Concurrency = 1 });
        var asked = new[] { lane.AskAsync(0), lane.AskAsync(1) };
        Assert.Equal(1, model.Started);

        lane.Lane.Use(RunPolicy.Default);

        (await model.NextAsync()).End();
        (await model.NextAsync()).End();
        await Task.WhenAll(asked);
    }

    private static RunLimits Until(LaneHarness lane, double seconds) =>
        new(lane.Clock.GetTimestamp() + (long)(seconds * lane.Clock.TimestampFrequency));
}
