using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Slipway.Serving.Predictions;

/// <summary>
/// The bounded queue of a log with one reader. Whoever adds never waits. The reader takes what came in some milliseconds together: waking it and committing
/// cost several times what a row does. Who waits for a flush is not made to wait for that.
/// </summary>
internal sealed class LogQueue<T>(int capacity)
{
    /// <summary>Some 150 rows at 15,000 answers a second; far less than the queue holds.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    /// <summary>A shorter queue could overflow while its reader lets rows gather.</summary>
    private const int LeastToGather = 1024;

    private readonly Channel<T> _items = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private readonly SemaphoreSlim _hurry = new(0);

    /// <summary>False when it is full or completed.</summary>
    public bool TryAdd(T item) => _items.Writer.TryWrite(item);

    /// <summary>Adds behind all others, and has them read at once.</summary>
    /// <exception cref="ChannelClosedException">It is completed.</exception>
    public async ValueTask AddUrgentAsync(T item, CancellationToken cancellation)
    {
        await _items.Writer.WriteAsync(item, cancellation);
        Hurry();
    }

    /// <summary>Has the reader take what is there at once.</summary>
    public void Hurry() => _hurry.Release();

    public void Complete()
    {
        _items.Writer.TryComplete();
        Hurry();
    }

    /// <summary>Ends when there is something to take, and some time was given for more; false when nothing will come any more.</summary>
    public async ValueTask<bool> WaitAsync()
    {
        if (!await _items.Reader.WaitToReadAsync())
        {
            return false;
        }

        if (capacity >= LeastToGather && _items.Reader.Count < LeastToGather / 2)
        {
            await _hurry.WaitAsync(Gathering);
        }

        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item) => _items.Reader.TryRead(out item);
}
