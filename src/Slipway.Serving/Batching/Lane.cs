using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Statistics;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>
/// The way to one loaded revision: as many runs at a time as are allowed or make sense, a bounded line for the others, and runs shared by requests
/// where the service asks for that. A request that finds room runs at once, on its own thread, with nothing handed over or copied.
/// </summary>
internal sealed partial class Lane(SharedModel shared, ModelStatistics statistics, LaneMetrics metrics, LaneBounds bounds, ThreadReserve threads, TimeProvider time)
{
    /// <summary>
    /// Runs of a few microseconds do not stand in one another's way: one that was interrupted holds its slot although its core has gone on, and who
    /// then lines up pays for two changes of threads (4 % of the requests to a 7 us network did, with 8 callers on 2 cores).
    /// </summary>
    private const int ShortRunsPerSlot = 8;

    private static readonly TimeSpan ShortRun = TimeSpan.FromMicroseconds(100);

    private readonly IServedModel _model = shared.Model;
    private readonly string? _whyNoBatches = BatchFit.WhyNot(shared.Model);
    private readonly RunTimes _times = new();
    private readonly Lock _lock = new();
    private readonly WaitingLine _line = new();
    private LaneSetup _setup = new(RunPolicy.Default, 0, null, bounds.Requests, bounds.Bytes, null);
    private string? _foundUnshared;
    private int _reserved;
    private int _running;
    private int _waiting;

    public RunPolicy Policy => Volatile.Read(ref _setup).Policy;

    /// <summary>How runs are shared; null when they are not.</summary>
    public BatchPolicy? Batching => WhyNoBatches is null ? Volatile.Read(ref _setup).Batch : null;

    /// <summary>Why runs of this model cannot be shared, by its declaration or by what it has been seen to answer; null when they can.</summary>
    public string? WhyNoBatches => _whyNoBatches ?? Volatile.Read(ref _foundUnshared);

    /// <summary>Requests in line.</summary>
    public int Queued => Volatile.Read(ref _waiting);

    /// <summary>Runs under way.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>From now on works as the service's spec says. What is in line stays there.</summary>
    public void Use(RunPolicy policy)
    {
        lock (_lock)
        {
            var before = _setup;
            var cache = policy.Cache == before.Policy.Cache ? before.Cache : policy.Cache is { } wanted ? new ResponseCache(wanted, time) : null;
            _setup = new LaneSetup(
                policy, policy.Concurrency, _whyNoBatches is null ? policy.Batch : null, policy.QueueLimit ?? bounds.Requests, bounds.Bytes, cache);
        }

        Dispatch();
    }

    /// <summary>The revision is let go of; requests that have acquired it are still answered.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _reserved, -1) is > 0 and var reserved)
        {
            threads.Remove(reserved);
        }
    }

    /// <summary>Runs the model for one request, whose memory it reads until the task ends.</summary>
    /// <param name="outputs">Places among the model's outputs; none means all.</param>
    /// <exception cref="OperationCanceledException">When the caller has gone, whether its turn had come or not.</exception>
    public ValueTask<Ran> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, in RunLimits limits, CancellationToken cancellation)
    {
        var setup = Volatile.Read(ref _setup);
        return limits.Aside ? RunAsideAsync(request, outputs, cancellation)
            : limits.Deadline != 0 ? RunUntilAsync(setup, request, outputs, limits, cancellation)
            : setup.Cache is { } cache ? RunCachedAsync(setup, cache, request, outputs, limits, cancellation)
            : RunInTurnAsync(setup, request, outputs, limits, cancellation);
    }

    private async ValueTask<Ran> RunUntilAsync(LaneSetup setup, InferenceRequest request, ReadOnlyMemory<int> outputs, RunLimits limits, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var left = time.GetElapsedTime(started, limits.Deadline);
        if (left <= TimeSpan.Zero)
        {
            return Ran.Refused(Late);
        }

        using var clock = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, clock.Token);
        try
        {
            return setup.Cache is { } cache
                ? await RunCachedAsync(setup, cache, request, outputs, limits, either.Token)
                : await RunInTurnAsync(setup, request, outputs, limits, either.Token);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new Ran(Late, TimeSpan.Zero, time.GetElapsedTime(started));
        }
    }

    private ValueTask<Ran> RunInTurnAsync(LaneSetup setup, InferenceRequest request, ReadOnlyMemory<int> outputs, in RunLimits limits, CancellationToken cancellation) =>
        Volatile.Read(ref _waiting) == 0 && TryEnter(setup, setup.WaitsForMore)
            ? RunNowAsync(setup, request, outputs, cancellation)
            : WaitAsync(setup, request, outputs, limits, cancellation);

    private ValueTask<Ran> RunNowAsync(LaneSetup setup, InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        ValueTask<Ran> run;
        try
        {
            run = setup.Batch?.Timeout is { } longest
                ? RunWithinAsync(request, outputs, TimeSpan.Zero, longest, cancellation)
                : RunModelAsync(request, outputs, TimeSpan.Zero, cancellation);
        }
        catch
        {
            Leave();
            throw;
        }

        if (!run.IsCompletedSuccessfully)
        {
            return LeaveAfterAsync(run);
        }

        Leave();
        return run;
    }

    private async ValueTask<Ran> LeaveAfterAsync(ValueTask<Ran> run)
    {
        try
        {
            return await run;
        }
        finally
        {
            Leave();
        }
    }

    private ValueTask<Ran> RunAsideAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation) =>
        RunModelAsync(request, outputs, TimeSpan.Zero, cancellation);

    /// <summary>One run of the model, counted. A fault of the engine is a problem like any other: it must not take the process along.</summary>
    private ValueTask<Ran> RunModelAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, TimeSpan queued, CancellationToken cancellation)
    {
        // Models in this process have run when the call returns: no state is kept for them.
        var started = time.GetTimestamp();
        try
        {
            var run = _model.RunAsync(request, outputs, cancellation);
            return run.IsCompletedSuccessfully ? new(Ended(request, run.Result, queued, started)) : AwaitAsync(run, request, queued, started);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(Ended(request, Fault(e), queued, started));
        }
    }

    private async ValueTask<Ran> AwaitAsync(ValueTask<Result<TensorSet>> run, InferenceRequest request, TimeSpan queued, long started)
    {
        Result<TensorSet> made;
        try
        {
            made = await run;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            made = Fault(e);
        }

        return Ended(request, made, queued, started);
    }

    private static Problem Fault(Exception fault) => new(ProblemCode.Internal, $"The model failed: {fault.Message}");

    private Ran Ended(InferenceRequest request, Result<TensorSet> made, TimeSpan queued, long started)
    {
        var took = time.GetElapsedTime(started);
        var rows = request.Rows;

        // Inputs that were held against the model and do not fit are faults by name: the model has not run.
        if (made.Succeeded || made.Problem.Faults.Count == 0)
        {
            statistics.OnExecuted(rows, took);
            metrics.OnRun(rows, Volatile.Read(ref _setup).Batch is not null);
        }

        if (made.Succeeded)
        {
            _times.Add(rows, took);
        }

        return new Ran(made, queued, took);
    }

    private async ValueTask<Ran> RunWithinAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, TimeSpan queued, TimeSpan longest, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        using var clock = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, clock.Token);
        try
        {
            return await RunModelAsync(request, outputs, queued, either.Token);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new Ran(
                new Problem(ProblemCode.DeadlineExceeded, $"The run took longer than the batcher's timeout of {longest.TotalSeconds:0.###} s and was ended"),
                queued, time.GetElapsedTime(started));
        }
    }

    /// <summary>Takes one of the slots.</summary>
    /// <param name="alone">Only when no run is under way.</param>
    private bool TryEnter(LaneSetup setup, bool alone)
    {
        var slots = alone ? 1 : SlotsOf(setup);
        var running = Volatile.Read(ref _running);
        while (running < slots)
        {
            var seen = Interlocked.CompareExchange(ref _running, running + 1, running);
            if (seen == running)
            {
                return true;
            }

            running = seen;
        }

        return false;
    }

    /// <summary>
    /// Gives the slot back, then looks at the line: who lines up looks at the slots in the opposite order, so one of the two sees the other.
    /// </summary>
    private void Leave()
    {
        Interlocked.Decrement(ref _running);
        if (Volatile.Read(ref _waiting) > 0)
        {
            Dispatch();
        }
    }

    /// <summary>
    /// What the service says; else what the runtime says makes sense. Where that is any number, shared runs are two at a time, one under way and one
    /// being made up: with more, nobody would wait and no batch would form.
    /// </summary>
    private int SlotsOf(LaneSetup setup) =>
        setup.Slots > 0 ? setup.Slots
        : _model.Parallelism is > 0 and var sensible ? (setup.Batch is null && IsShort ? sensible * ShortRunsPerSlot : sensible)
        : setup.Batch is null ? int.MaxValue : 2;

    /// <summary>Whether one row is run in less time than handing a request to another thread takes.</summary>
    private bool IsShort => _times.Expect(1) is var run && run > TimeSpan.Zero && run < ShortRun;

    private static Problem Late => new(ProblemCode.DeadlineExceeded, "The time that the request may take has passed");
}
