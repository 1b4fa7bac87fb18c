using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>A request on its way through a lane, from when it began to wait.</summary>
internal sealed class Waiting(Lane lane, InferenceRequest request, ReadOnlyMemory<int> outputs, long since, CancellationToken cancellation)
    : TaskCompletionSource<Ran>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _watch;

    public InferenceRequest Request { get; } = request;

    public ReadOnlyMemory<int> Outputs { get; } = outputs;

    /// <summary>Timestamp at which it came.</summary>
    public long Since { get; } = since;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Lower goes first.</summary>
    public int Priority { get; init; }

    /// <summary>Rows that can share a run; 0 when it has to run alone.</summary>
    public int Rows { get; init; }

    /// <summary>Hash of everything that has to be the same in one run.</summary>
    public int Kind { get; init; }

    /// <summary>Timestamp by which its turn has to come; 0 for none.</summary>
    public long Expires { get; init; }

    /// <summary>Changed under the lane's lock only.</summary>
    public WaitingState State { get; set; }

    public bool InLine { get; set; }

    /// <summary>The shared run it is part of, in state <see cref="WaitingState.Shared"/>.</summary>
    public SharedRun? Run { get; set; }

    public Waiting? Previous { get; set; }

    public Waiting? Next { get; set; }

    /// <summary>Before it is put in line, so that it is never there unwatched.</summary>
    public void Watch()
    {
        if (Cancellation.CanBeCanceled)
        {
            _watch = Cancellation.UnsafeRegister(static (self, _) => ((Waiting)self!).Leave(), this);
        }
    }

    /// <summary>Does not wait for a cancellation under way, which may be waiting for the lane's lock.</summary>
    public void Unwatch() => _watch.Unregister();

    private void Leave() => lane.Leave(this);
}

internal enum WaitingState
{
    /// <summary>Not in line yet, or in line.</summary>
    Queued,

    /// <summary>Taken out of the line for a run; its memory is being read.</summary>
    Taken,

    /// <summary>Copied into a shared run: its caller may go without stopping the others.</summary>
    Shared,
    Done,
}

/// <summary>A run of several requests, ended before its time only when all of their callers have gone.</summary>
internal sealed class SharedRun
{
    /// <summary>Changed under the lane's lock only.</summary>
    public int Present { get; set; }

    /// <summary>Never disposed of (it has no timer to give back): the last caller may leave while the run is ending.</summary>
    public CancellationTokenSource Abandoned { get; } = new();
}
