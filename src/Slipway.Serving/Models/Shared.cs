namespace Slipway.Serving.Models;

/// <summary>
/// Something loaded with a count of its users. Once retired nobody new gets in, and the last user to leave frees it: memory goes neither under a
/// running request nor later than it must.
/// </summary>
internal class Shared<T>(T held)
    where T : IDisposable
{
    private const int Retired = 1 << 30;

    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>Only for who has acquired it, or for its declarations, which outlive it.</summary>
    public T Held { get; } = held;

    /// <summary>Ends when it was retired and the last user has left.</summary>
    public Task Freed => _freed.Task;

    /// <summary>False once retired. After true, call <see cref="Release"/> exactly once.</summary>
    public bool TryAcquire()
    {
        var state = Volatile.Read(ref _state);
        while ((state & Retired) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>One more user, while another one is known to be there; to be released like any other.</summary>
    public void Hold() => Interlocked.Increment(ref _state);

    public void Release()
    {
        if (Interlocked.Decrement(ref _state) == Retired)
        {
            Free();
        }
    }

    public void Retire()
    {
        if (Interlocked.Or(ref _state, Retired) == 0)
        {
            Free();
        }
    }

    private void Free()
    {
        Held.Dispose();
        _freed.TrySetResult();
    }
}
