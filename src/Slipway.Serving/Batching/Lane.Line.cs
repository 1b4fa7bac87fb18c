using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Who waits, who is turned away, and whose turn it is.</summary>
internal sealed partial class Lane
{
    /// <summary>Timers of the platform count whole milliseconds; one of none would fire again and again until its time has come.</summary>
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    /// <summary>Hint to callers who were turned away when nothing is known of how long runs take; Retry-After has whole seconds anyway.</summary>
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongRun = TimeSpan.FromMilliseconds(1);

    private ITimer? _timer;
    private long _firstExpiry = long.MaxValue;
    private long _armedFor = long.MaxValue;

    /// <summary>The caller of a waiting request has gone.</summary>
    internal void Leave(Waiting waiting)
    {
        SharedRun? abandoned = null;
        lock (_lock)
        {
            switch (waiting.State)
            {
                case WaitingState.Queued:
                    if (waiting.InLine)
                    {
                        _line.Remove(waiting);
                        Volatile.Write(ref _waiting, _line.Count);
                        metrics.OnQueue(-1);
                    }

                    break;
                case WaitingState.Shared:
                    abandoned = --waiting.Run!.Present == 0 ? waiting.Run : null;
                    break;
                default:
                    // A run by itself is ended by the token that it was given; one being copied is looked at when that is done.
                    return;
            }

            waiting.State = WaitingState.Done;
        }

        waiting.TrySetCanceled(waiting.Cancellation);
        abandoned?.Abandoned.Cancel();
    }

    private ValueTask<Ran> WaitAsync(LaneSetup setup, InferenceRequest request, ReadOnlyMemory<int> outputs, in RunLimits limits, CancellationToken cancellation)
    {
        var (now, kind) = (time.GetTimestamp(), 0);
        var rows = setup.Batch is { } batch && Batching is not null && BatchFit.RowsOf(_model.Inputs, request, outputs.Span, out kind) is var fitting && fitting <= batch.MaxRows
            ? fitting
            : 0;
        var waiting = new Waiting(this, request, outputs, now, cancellation)
        {
            Priority = request.Priority == 0 ? InferenceRequest.OrdinaryPriority : request.Priority, Rows = rows, Kind = kind, Expires = request.QueueTimeout is { } longest ? After(now, longest) : 0,
        };
        waiting.Watch();
        Problem? refused;
        lock (_lock)
        {
            if (waiting.State == WaitingState.Done)
            {
                return new ValueTask<Ran>(waiting.Task);
            }

            refused = WhyRefuse(setup, waiting, limits, now);
            if (refused is null)
            {
                _line.Add(waiting);
                Volatile.Write(ref _waiting, _line.Count);
                _firstExpiry = waiting.Expires > 0 ? Math.Min(_firstExpiry, waiting.Expires) : _firstExpiry;
            }
            else
            {
                waiting.State = WaitingState.Done;
            }
        }

        if (refused is not null)
        {
            waiting.Unwatch();
            metrics.OnRefused(refused.Code == ProblemCode.Exhausted ? "queue_full" : "deadline");
            return new ValueTask<Ran>(Ran.Refused(refused));
        }

        metrics.OnQueue(1);
        Reserve();
        Interlocked.MemoryBarrier();
        Dispatch();
        return new ValueTask<Ran>(waiting.Task);
    }

    /// <summary>
    /// A line before a model whose runs are long, or so long that none has ended yet: its threads are set aside, once. Models of a millisecond or
    /// less need none, and keep the pool as it is.
    /// </summary>
    private void Reserve()
    {
        var run = _times.Expect(1);
        if (Volatile.Read(ref _reserved) == 0 && _model.Parallelism is > 0 and var wanted && (run == TimeSpan.Zero || run > LongRun)
            && Interlocked.CompareExchange(ref _reserved, wanted, 0) == 0)
        {
            threads.Add(wanted);
        }
    }

    /// <summary>What is let in shall be answered in its time: a full line and a wait that is too long are said at once.</summary>
    private Problem? WhyRefuse(LaneSetup setup, Waiting waiting, in RunLimits limits, long now)
    {
        // With a slot free and nobody before it, it will hardly wait: batches are then made up while the model runs.
        var room = _line.Count == 0 && Volatile.Read(ref _running) < SlotsOf(setup);
        if (!room && (_line.Count >= setup.QueueLimit || _line.Bytes + waiting.Request.BodyBytes > setup.QueueBytes))
        {
            var text = _line.Count >= setup.QueueLimit ? $"{_line.Count} requests are waiting for the model" : $"requests of {_line.Bytes} bytes are waiting for the model";
            var (_, drained) = Foretell(setup, 0);
            return new Problem(ProblemCode.Exhausted, $"{text}, which is as many as may; try again later") { RetryAfter = Longer(drained, ShortestRetry) };
        }

        var left = limits.Deadline != 0 ? time.GetElapsedTime(now, limits.Deadline) : TimeSpan.MaxValue;
        if (limits.Headers is { } headers && GrpcDeadline.Of(headers) is { } given && given < left)
        {
            left = given;
        }

        var (turn, end) = Foretell(setup, Math.Max(waiting.Rows, 1));
        if (end > left || turn > (waiting.Request.QueueTimeout ?? TimeSpan.MaxValue))
        {
            return Problem.Unavailable(
                $"The model is overloaded: the answer would take some {end.TotalSeconds:0.###} s, more than the request may take; try again later",
                Longer(end - (left < end ? left : TimeSpan.Zero), ShortestRetry));
        }

        return null;
    }

    /// <summary>How long until so many more rows would have their turn, and their answer; zero while no run has been measured.</summary>
    private (TimeSpan Turn, TimeSpan End) Foretell(LaneSetup setup, int rows)
    {
        var shared = setup.Batch is not null && WhyNoBatches is null;
        var each = shared ? (int)Math.Min(setup.Batch!.MaxRows, _line.Rows + rows) : 1;
        var run = _times.Expect(each);
        var runs = shared ? (_line.Rows + rows + setup.Batch!.MaxRows - 1) / setup.Batch.MaxRows : _line.Count + 1L;
        var slots = SlotsOf(setup);
        var rounds = (runs + slots - 1) / slots;
        var busy = Volatile.Read(ref _running) >= slots ? run / 2 : TimeSpan.Zero;
        return (busy + (run * (rounds - 1)), busy + (run * rounds));
    }

    /// <summary>Starts as many runs as there is room for. Called when somebody lines up, when a run ends, and by the timer.</summary>
    private void Dispatch()
    {
        while (true)
        {
            Batch? batch;
            List<Waiting>? expired;
            lock (_lock)
            {
                expired = TakeExpired();
                batch = Next();
                var left = _line.Count;
                if (left != _waiting)
                {
                    metrics.OnQueue(left - _waiting);
                    Volatile.Write(ref _waiting, left);
                }
            }

            foreach (var waiting in expired ?? [])
            {
                waiting.Unwatch();
                metrics.OnRefused("timeout");
                waiting.TrySetResult(Ran.Refused(
                    Problem.Unavailable("The request's own queue timeout has passed before its turn came", ShortestRetry), time.GetElapsedTime(waiting.Since)));
            }

            if (batch is null)
            {
                return;
            }

            ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
        }
    }

    private Batch? Next()
    {
        var setup = _setup;
        var wait = TimeSpan.MaxValue;
        Waiting[]? members = null;
        if (_line.Count > 0 && TryEnter(setup, alone: false))
        {
            members = NextBatch.Take(
                _line, _model.Inputs, WhyNoBatches is null ? setup.Batch : null, idle: Volatile.Read(ref _running) == 1, rows => Patience(setup, rows),
                w => time.GetElapsedTime(w.Since), out wait);
            if (members is null)
            {
                Interlocked.Decrement(ref _running);
            }
        }

        Arm(wait);
        if (members is null)
        {
            return null;
        }

        // Their callers hold the model for now, but may leave while it runs.
        shared.Hold();
        return new Batch(this, setup, members);
    }

    /// <summary>
    /// How long a batch of so many rows waits for more. Never longer than running it would take: past that, waiting costs more than it can save.
    /// </summary>
    private TimeSpan Patience(LaneSetup setup, int rows)
    {
        var (most, run) = (setup.Batch!.MaxDelay, _times.Expect(rows));
        return run > TimeSpan.Zero && run < most ? run : most;
    }

    /// <summary>Sees to it that the line is looked at again by then; a timer that fires too early does no harm.</summary>
    private void Arm(TimeSpan wait)
    {
        var now = time.GetTimestamp();
        var due = wait == TimeSpan.MaxValue ? long.MaxValue : After(now, wait);
        due = Math.Min(due, _line.Count == 0 ? long.MaxValue : _firstExpiry);
        if (due < _armedFor)
        {
            _armedFor = due;
            _timer ??= time.CreateTimer(static lane => ((Lane)lane!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Longer(time.GetElapsedTime(now, due), ShortestTimer), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _armedFor = long.MaxValue;
        }

        Dispatch();
    }

    private List<Waiting>? TakeExpired()
    {
        var now = time.GetTimestamp();
        if (now < _firstExpiry)
        {
            return null;
        }

        var expired = new List<Waiting>();
        _firstExpiry = long.MaxValue;
        for (var waiting = _line.First; waiting is not null;)
        {
            var next = waiting.Next;
            if (waiting.Expires > 0 && waiting.Expires <= now)
            {
                _line.Remove(waiting);
                waiting.State = WaitingState.Done;
                expired.Add(waiting);
            }
            else if (waiting.Expires > 0)
            {
                _firstExpiry = Math.Min(_firstExpiry, waiting.Expires);
            }

            waiting = next;
        }

        return expired;
    }

    private long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * time.TimestampFrequency);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
