namespace Slipway.Serving.Batching;

/// <summary>
/// Requests in the order in which they get their turn: by priority, then as they came. Not safe for threads: the lane's lock is.
/// </summary>
internal sealed class WaitingLine
{
    private Waiting? _last;

    public Waiting? First { get; private set; }

    public int Count { get; private set; }

    /// <summary>Rows of those that can share a run, and one for each of the others.</summary>
    public long Rows { get; private set; }

    /// <summary>What the waiting requests hold in memory.</summary>
    public long Bytes { get; private set; }

    public void Add(Waiting waiting)
    {
        var before = _last;
        while (before is not null && before.Priority > waiting.Priority)
        {
            before = before.Previous;
        }

        waiting.Previous = before;
        waiting.Next = before is null ? First : before.Next;
        if (waiting.Next is { } next)
        {
            next.Previous = waiting;
        }
        else
        {
            _last = waiting;
        }

        if (before is null)
        {
            First = waiting;
        }
        else
        {
            before.Next = waiting;
        }

        waiting.InLine = true;
        Count++;
        Rows += Math.Max(waiting.Rows, 1);
        Bytes += waiting.Request.BodyBytes;
    }

    public void Remove(Waiting waiting)
    {
        if (waiting.Previous is { } previous)
        {
            previous.Next = waiting.Next;
        }
        else
        {
            First = waiting.Next;
        }

        if (waiting.Next is { } next)
        {
            next.Previous = waiting.Previous;
        }
        else
        {
            _last = waiting.Previous;
        }

        (waiting.Previous, waiting.Next, waiting.InLine) = (null, null, false);
        Count--;
        Rows -= Math.Max(waiting.Rows, 1);
        Bytes -= waiting.Request.BodyBytes;
    }
}
