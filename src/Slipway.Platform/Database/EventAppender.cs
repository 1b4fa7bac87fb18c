using System.Data.Common;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>
/// The end of the chain within one transaction of the writer. A rolled-back work item rewinds it, so its numbers are given out again and the
/// log has neither holes nor loose links.
/// </summary>
internal sealed class EventAppender(TimeProvider time)
{
    private readonly List<Event> _appended = [];
    private (long Sequence, string Hash)? _base;
    private (long Sequence, string Hash) _head;

    /// <summary>The events of this transaction so far, in order.</summary>
    public IReadOnlyList<Event> Appended => _appended;

    /// <summary>Called at the start of every transaction, under the lock that keeps other writers out.</summary>
    public void Begin()
    {
        _appended.Clear();
        _base = null;
    }

    public int Mark() => _appended.Count;

    public void Rewind(int mark)
    {
        _appended.RemoveRange(mark, _appended.Count - mark);
        _head = mark == 0 ? _base ?? default : (_appended[mark - 1].Sequence, _appended[mark - 1].Hash);
    }

    public async Task<long> AppendAsync(DbConnection connection, EventDraft draft, string actor, CancellationToken cancellation)
    {
        // Read at the first event only: most reads of the head would be for nothing, and a migration runs before the table is there.
        if (_base is null)
        {
            _base = await EventStore.HeadAsync(connection, cancellation);
            _head = _base.Value;
        }

        var (sequence, micros) = (_head.Sequence + 1, Micros.Of(time.GetUtcNow()));

        // The draft's memory may be pooled; followers share this one copy.
        var payload = draft.Payload.ToArray();
        var by = draft.Actor ?? actor;
        var hash = EventChain.Hash(_head.Hash, sequence, micros, draft.Type, draft.Namespace, draft.Subject, by, payload);
        var made = new Event(sequence, Micros.ToTime(micros), draft.Type, draft.Namespace, draft.Subject, by, payload, hash);
        await EventStore.InsertAsync(connection, made, payload, cancellation);
        _appended.Add(made);
        _head = (sequence, hash);
        return sequence;
    }

    /// <summary>Called before the commit.</summary>
    public Task EndAsync(DbConnection connection, CancellationToken cancellation) =>
        _appended.Count == 0 ? Task.CompletedTask : EventStore.MoveHeadAsync(connection, _head.Sequence, _head.Hash, cancellation);
}
