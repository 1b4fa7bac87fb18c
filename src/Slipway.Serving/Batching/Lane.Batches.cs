using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Running what waited: alone, or several as one.</summary>
internal sealed partial class Lane
{
    internal async Task RunBatchAsync(Batch batch)
    {
        try
        {
            foreach (var member in batch.Members)
            {
                metrics.OnTurn(time.GetElapsedTime(member.Since));
            }

            await RunMembersAsync(batch.Setup, batch.Members);
        }
        catch (Exception e)
        {
            // Such as no memory for the joint tensors: said to those who wait, or they would wait forever.
            foreach (var member in batch.Members)
            {
                Complete(member, new Ran(new Problem(ProblemCode.Internal, $"The batch failed: {e.Message}"), time.GetElapsedTime(member.Since), TimeSpan.Zero));
            }
        }
        finally
        {
            shared.Release();
            Leave();
        }
    }

    private Task RunMembersAsync(LaneSetup setup, ReadOnlyMemory<Waiting> members) => members.Length switch
    {
        0 => Task.CompletedTask,
        1 => RunAloneAsync(setup, members.Span[0]),
        _ => RunSharedAsync(setup, members),
    };

    /// <summary>A batch of one: nothing is copied, and its caller's leaving ends the run itself.</summary>
    private async Task RunAloneAsync(LaneSetup setup, Waiting member)
    {
        var queued = time.GetElapsedTime(member.Since);
        try
        {
            Complete(member, setup.Batch?.Timeout is { } longest
                ? await RunWithinAsync(member.Request, member.Outputs, queued, longest, member.Cancellation)
                : await RunModelAsync(member.Request, member.Outputs, queued, member.Cancellation));
        }
        catch (OperationCanceledException)
        {
            Finish(member);
            member.TrySetCanceled(member.Cancellation);
        }
    }

    private async Task RunSharedAsync(LaneSetup setup, ReadOnlyMemory<Waiting> members)
    {
        using var merged = MergedRequest.Of(_model.Inputs, members.Span);
        var run = new SharedRun();
        if (Seal(members, run) == 0)
        {
            return;
        }

        var started = time.GetTimestamp();
        Ran ran;
        try
        {
            ran = setup.Batch?.Timeout is { } longest
                ? await RunWithinAsync(merged, members.Span[0].Outputs, TimeSpan.Zero, longest, run.Abandoned.Token)
                : await RunModelAsync(merged, members.Span[0].Outputs, TimeSpan.Zero, run.Abandoned.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there any more.
            return;
        }

        if (ran.Outputs.TryGet(out var outputs, out var problem))
        {
            if (SharedOutputs.HaveRows(outputs, merged.Rows))
            {
                HandOut(members, outputs, merged.Rows, started, ran.Computed);
                return;
            }

            outputs.Dispose();
            Volatile.Write(ref _foundUnshared, "it was seen to answer a batch with outputs that do not have a row for each of the batch's");
        }
        else if (problem.Code is ProblemCode.DeadlineExceeded or ProblemCode.Exhausted)
        {
            foreach (var member in Present(members))
            {
                Complete(member, new Ran(problem, time.GetElapsedTime(member.Since, started), ran.Computed));
            }

            return;
        }

        await TakeApartAsync(setup, Present(members));
    }

    /// <summary>By halves, so that one bad request among n costs some 2 log n runs, not n.</summary>
    private async Task TakeApartAsync(LaneSetup setup, Waiting[] present)
    {
        var half = WhyNoBatches is null ? Math.Max(present.Length / 2, 1) : 1;
        for (var from = 0; from < present.Length; from += half)
        {
            await RunMembersAsync(setup, present.AsMemory(from, Math.Min(half, present.Length - from)));
        }
    }

    private void HandOut(ReadOnlyMemory<Waiting> members, TensorSet outputs, int rows, long started, TimeSpan computed)
    {
        var slices = new TensorSet[members.Length];
        var all = new SharedOutputs(outputs, members.Length);
        var start = 0;
        for (var i = 0; i < slices.Length; i++)
        {
            slices[i] = all.Slice(start, members.Span[i].Rows, rows);
            start += members.Span[i].Rows;
        }

        for (var i = 0; i < slices.Length; i++)
        {
            var member = members.Span[i];
            if (!Complete(member, new Ran(slices[i], time.GetElapsedTime(member.Since, started), computed)))
            {
                slices[i].Dispose();
            }
        }
    }

    /// <summary>From here on callers may leave one by one; those who already have are let go. How many are left.</summary>
    private int Seal(ReadOnlyMemory<Waiting> members, SharedRun run)
    {
        List<Waiting>? gone = null;
        int present;
        lock (_lock)
        {
            foreach (var member in members.Span)
            {
                if (member.Cancellation.IsCancellationRequested)
                {
                    member.State = WaitingState.Done;
                    (gone ??= []).Add(member);
                }
                else
                {
                    (member.State, member.Run) = (WaitingState.Shared, run);
                    run.Present++;
                }
            }

            present = run.Present;
        }

        foreach (var member in gone ?? [])
        {
            member.TrySetCanceled(member.Cancellation);
        }

        return present;
    }

    /// <summary>Those of a failed run who still wait; they are not let go again before they have been copied or run once more.</summary>
    private Waiting[] Present(ReadOnlyMemory<Waiting> members)
    {
        lock (_lock)
        {
            var present = new List<Waiting>(members.Length);
            foreach (var member in members.Span)
            {
                if (member.State == WaitingState.Shared)
                {
                    (member.State, member.Run) = (WaitingState.Taken, null);
                    present.Add(member);
                }
            }

            return [.. present];
        }
    }

    /// <summary>False when its caller had left.</summary>
    private bool Complete(Waiting member, in Ran ran) => Finish(member) && member.TrySetResult(ran);

    private bool Finish(Waiting member)
    {
        member.Unwatch();
        lock (_lock)
        {
            var waited = member.State != WaitingState.Done;
            (member.State, member.Run) = (WaitingState.Done, null);
            return waited;
        }
    }
}
