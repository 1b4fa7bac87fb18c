using FsCheck;
using FsCheck.Fluent;
using Slipway.Platform.Controllers;

namespace Slipway.Platform.Tests.Controllers;

public class ReconcileQueueTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueLimits Limits = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 1000, 1000);

    [Fact]
    public void AddedTwice_IsGivenOutOnce()
    {
        var queue = Queue();
        queue.Add("a");
        queue.Add("a");
        queue.Add("b");
        Assert.Equal(["a", "b"], TakeAll(queue, Start));
    }

    [Fact]
    public void AddedWhileTaken_ComesBackAfterItIsDone_NotBefore()
    {
        var queue = Queue();
        queue.Add("a");
        Assert.Equal(["a"], TakeAll(queue, Start));
        queue.Add("a");
        queue.Add("a");
        Assert.Empty(TakeAll(queue, Start));
        queue.Done("a", ReconcileOutcome.Done, Start);
        Assert.Equal(["a"], TakeAll(queue, Start));
        queue.Done("a", ReconcileOutcome.Done, Start);
        Assert.Null(queue.NextAt(Start));
    }

    [Fact]
    public void Failed_BacksOffTwiceAsLongEachTime_WithinItsJitterAndLimit()
    {
        var queue = Queue();
        var now = Start;
        queue.Add("a");
        foreach (var full in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Assert.Equal(["a"], TakeAll(queue, now));
            queue.Done("a", ReconcileOutcome.Retry("no"), now);
            var wait = queue.NextAt(now)!.Value - now;
            Assert.InRange(wait.TotalSeconds, full / 2.0, full);
            Assert.Empty(TakeAll(queue, now + wait - TimeSpan.FromTicks(1)));
            now += wait;
        }
    }

    [Fact]
    public void Success_ForgetsTheFailures()
    {
        var queue = Queue();
        queue.Add("a");
        var now = Start;
        for (var i = 0; i < 5; i++)
        {
            TakeAll(queue, now);
            queue.Done("a", ReconcileOutcome.Retry("no"), now);
            now = queue.NextAt(now)!.Value;
        }

        TakeAll(queue, now);
        queue.Done("a", ReconcileOutcome.Done, now);
        queue.Add("a");
        TakeAll(queue, now);
        queue.Done("a", ReconcileOutcome.Retry("no"), now);
        Assert.InRange((queue.NextAt(now)!.Value - now).TotalSeconds, 0.5, 1);
    }

    [Fact]
    public void Event_BringsAWaitingKeyForward_ButOneThatCameDuringAFailureWaits()
    {
        var queue = Queue();
        queue.Add("a");
        TakeAll(queue, Start);
        queue.Add("a");
        queue.Done("a", ReconcileOutcome.Retry("no"), Start);
        Assert.Empty(TakeAll(queue, Start));
        queue.Add("a");
        Assert.Equal(["a"], TakeAll(queue, Start));
    }

    [Fact]
    public void ComeBack_WaitsItsTime()
    {
        var queue = Queue();
        queue.Add("a");
        TakeAll(queue, Start);
        queue.Done("a", ReconcileOutcome.ComeBack(TimeSpan.FromMinutes(3)), Start);
        Assert.Equal(Start.AddMinutes(3), queue.NextAt(Start));
        Assert.Empty(TakeAll(queue, Start.AddMinutes(2.9)));
        Assert.Equal(["a"], TakeAll(queue, Start.AddMinutes(3)));
    }

    [Fact]
    public void Rate_IsKeptAfterTheBurst()
    {
        var queue = new ReconcileQueue<string>(Limits with { PerSecond = 10, Burst = 5 }, new Random(1), Start);
        for (var i = 0; i < 30; i++)
        {
            queue.Add($"k{i}");
        }

        Assert.Equal(5, TakeAll(queue, Start).Count);
        Assert.InRange((queue.NextAt(Start)!.Value - Start).TotalSeconds, 0.09, 0.11);
        Assert.Equal(5, TakeAll(queue, Start.AddSeconds(0.5001)).Count);
    }

    [Fact]
    public void AnySequenceOfSteps_NeverDoublesNorLosesAKey() => Prop.ForAll<(byte Key, byte Step)[]>(steps =>
    {
        var queue = Queue();
        var (now, wanted, taken) = (Start, new HashSet<int>(), new HashSet<int>());
        foreach (var (key, step) in steps)
        {
            var k = key % 5;
            switch (step % 6)
            {
                case 0 or 1:
                    queue.Add($"{k}");
                    wanted.Add(k);
                    break;
                case 2 or 3:
                    if (queue.TryTake(now, out var next))
                    {
                        Assert.True(taken.Add(int.Parse(next)), "given out twice at a time");
                        wanted.Remove(int.Parse(next));
                    }

                    break;
                case 4 when taken.Remove(k):
                    var fails = key > 128;
                    queue.Done($"{k}", fails ? ReconcileOutcome.Retry("no") : ReconcileOutcome.Done, now);
                    _ = fails && wanted.Add(k);
                    break;
                case 5:
                    now += TimeSpan.FromSeconds(key);
                    break;
            }

            Assert.Equal(wanted.Except(taken).Count(), queue.Waiting);
        }

        foreach (var k in taken)
        {
            queue.Done($"{k}", ReconcileOutcome.Done, now);
        }

        Assert.Equal(wanted.Order(), TakeAll(queue, now.AddHours(1)).Select(int.Parse).Order());
    }).QuickCheckThrowOnFailure();

    private static ReconcileQueue<string> Queue() => new(Limits, new Random(7), Start);

    private static List<string> TakeAll(ReconcileQueue<string> queue, DateTimeOffset now)
    {
        var all = new List<string>();
        while (queue.TryTake(now, out var key))
        {
            all.Add(key);
        }

        return all;
    }
}
