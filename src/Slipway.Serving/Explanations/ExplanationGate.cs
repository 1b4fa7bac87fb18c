using Slipway.Kernel.Problems;

namespace Slipway.Serving.Explanations;

/// <summary>Lets few explanations run at a time and few more wait, so that predictions keep the cores that they need.</summary>
internal sealed class ExplanationGate(ExplanationOptions options) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.Concurrency);
    private int _inside;

    /// <summary>Exhausted when the queue is full; else dispose what is returned when done.</summary>
    public async Task<Result<IDisposable>> EnterAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _inside) > options.Concurrency + options.Queue)
        {
            Interlocked.Decrement(ref _inside);
            return new Problem(ProblemCode.Exhausted, $"{options.Concurrency} explanations are being made and {options.Queue} are waiting; try again later") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        try
        {
            await _turns.WaitAsync(cancellation);
            return new Turn(this);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
    }

    public void Dispose() => _turns.Dispose();

    private sealed class Turn(ExplanationGate gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate._turns.Release();
                Interlocked.Decrement(ref gate._inside);
            }
        }
    }
}
