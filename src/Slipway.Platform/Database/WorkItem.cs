using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

/// <summary>One <c>WriteAsync</c> waiting for, or inside, the writer's transaction. It may run more than once; it is completed once.</summary>
internal abstract class WorkItem(string actor, CancellationToken cancellation)
{
    public string Actor => actor;

    public CancellationToken Cancellation => cancellation;

    /// <summary>What the work threw the last time it ran.</summary>
    public Exception? Thrown { get; protected set; }

    /// <summary>True when the work's changes are to be kept.</summary>
    public abstract Task<bool> RunAsync(IWriteSession session);

    /// <summary>Answers with what the work itself came to: its result, or its exception.</summary>
    public abstract void Complete(Func<Exception, Problem?> explain);

    /// <summary>Answers that the transaction did not come about.</summary>
    public abstract void Fail(Exception failure, Problem? explanation);

    public abstract void Cancel();
}

internal sealed class WorkItem<T>(
    Func<IWriteSession, CancellationToken, Task<Result<T>>> work, string actor, CancellationToken cancellation) : WorkItem(actor, cancellation)
{
    // Whoever waits must not go on inside the writer's loop.
    private readonly TaskCompletionSource<Result<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Result<T> _result;

    public Task<Result<T>> Answer => _answer.Task;

    public override async Task<bool> RunAsync(IWriteSession session)
    {
        Thrown = null;
        try
        {
            _result = await work(session, Cancellation);
            return _result.Succeeded;
        }
        catch (Exception e)
        {
            // It is the caller's exception: it travels to the caller, and the writer goes on.
            Thrown = e;
            return false;
        }
    }

    public override void Complete(Func<Exception, Problem?> explain)
    {
        switch (Thrown)
        {
            case null:
                _answer.TrySetResult(_result);
                break;
            case OperationCanceledException when Cancellation.IsCancellationRequested:
                _answer.TrySetCanceled(Cancellation);
                break;
            case ProblemException expected:
                _answer.TrySetResult(expected.Problem);
                break;
            default:
                Fail(Thrown, explain(Thrown));
                break;
        }
    }

    public override void Fail(Exception failure, Problem? explanation)
    {
        if (explanation is not null)
        {
            _answer.TrySetResult(explanation);
        }
        else
        {
            _answer.TrySetException(failure);
        }
    }

    public override void Cancel() => _answer.TrySetCanceled(Cancellation);
}
