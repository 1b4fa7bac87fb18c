using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>
/// One request on its way to a worker and back. Its frame is a copy of the inputs: the caller may leave, and a second worker may be asked, without anybody
/// reading memory that was given back.
/// </summary>
internal sealed class WorkerJob(long id, PooledBytes frame)
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Over = 2;

    private readonly TaskCompletionSource<Result<WorkerAnswer>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _gone = new();
    private PooledBytes? _frame = frame;
    private int _state;

    public long Id { get; } = id;

    /// <summary>Who fails, when it fails: the subject of a problem.</summary>
    public string Subject { get; init; } = "The model";

    /// <summary>What is refused, when it is refused.</summary>
    public string Given { get; init; } = "the inputs";

    /// <summary>The longest it may take; null leaves it to the plan.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>What it may ask while it runs; null: nothing.</summary>
    public IAskedModel? Model { get; init; }

    /// <summary>Workers that ended while they had it.</summary>
    public int Ends { get; set; }

    public Task<Result<WorkerAnswer>> Answer => _answer.Task;

    /// <summary>Cancelled when the caller leaves while a worker has it.</summary>
    public CancellationToken Gone => _gone.Token;

    public ReadOnlyMemory<byte> Frame => _frame?.Written ?? throw new ObjectDisposedException(nameof(WorkerJob));

    /// <summary>False when nobody waits for it any more.</summary>
    public bool TryStart() => Interlocked.CompareExchange(ref _state, Running, Waiting) == Waiting;

    /// <summary>Back to waiting, after its worker has ended; false when nobody waits for it any more.</summary>
    public bool TryAgain() => !_gone.IsCancellationRequested && Interlocked.CompareExchange(ref _state, Waiting, Running) == Running;

    /// <summary>Ends it if no worker has it.</summary>
    public void Refuse(Problem problem)
    {
        if (Interlocked.CompareExchange(ref _state, Over, Waiting) == Waiting)
        {
            _answer.TrySetResult(problem);
        }
    }

    /// <summary>The caller has gone: nothing is started for it, and what runs is asked to end.</summary>
    public void Leave(CancellationToken cancellation)
    {
        Interlocked.CompareExchange(ref _state, Over, Waiting);
        _answer.TrySetCanceled(cancellation);
        _gone.Cancel();
    }

    /// <summary>The worker is done with it.</summary>
    public void Complete(Result<WorkerAnswer> answer)
    {
        Volatile.Write(ref _state, Over);
        if (!_answer.TrySetResult(answer) && answer.Succeeded)
        {
            answer.Value.Blocks.Dispose();
        }

        Drop();
    }

    /// <summary>Gives the frame back; whoever took the job from the queue last does it.</summary>
    public void Drop() => Interlocked.Exchange(ref _frame, null)?.Dispose();
}

/// <summary>An answer as it came: what it says of its outputs, and their bytes.</summary>
internal sealed record WorkerAnswer(WorkerMessage Message, PooledBlock Blocks)
{
    public IReadOnlyList<WorkerTensor> Outputs => Message.Outputs;
}
