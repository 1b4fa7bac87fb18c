using System.Threading.Channels;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>
/// The one writer. Work queues up while a commit is on its way to the disk; then all that is waiting runs in one transaction, each piece under
/// its own savepoint, and one sync serves them all (docs/adr/0004). Nobody is answered before the commit.
/// </summary>
internal sealed class GroupCommitWriter : IAsyncDisposable
{
    // Enough to fill several commits; beyond that callers wait, so that memory stays bounded.
    private const int QueueLength = 1024;
    private const int MostAttempts = 5;

    // The planner's statistics are renewed after as many writes; the first time sooner, when the tables have just got their first rows.
    private const int FirstMaintenance = 1_000;
    private const int MaintainEvery = 20_000;

    private readonly Channel<WorkItem> _queue = Channel.CreateBounded<WorkItem>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly AsyncLocal<bool> _inside = new();
    private readonly WriterConnection _connection;
    private readonly EventAppender _events;
    private readonly EventFeed _feed;
    private readonly TimeProvider _time;
    private readonly Task _loop;

    public GroupCommitWriter(WriterConnection connection, EventFeed feed, TimeProvider time)
    {
        (_connection, _feed, _time, _events) = (connection, feed, time, new EventAppender(time));
        _loop = Task.Run(LoopAsync);
    }

    public async Task<Result<T>> WriteAsync<T>(Func<IWriteSession, CancellationToken, Task<Result<T>>> work, CancellationToken cancellation)
    {
        if (_inside.Value)
        {
            throw new InvalidOperationException("WriteAsync inside WriteAsync would wait for itself: pass the session on instead.");
        }

        var item = new WorkItem<T>(work, CallIdentity.Current, cancellation);
        try
        {
            await _queue.Writer.WriteAsync(item, cancellation);
        }
        catch (ChannelClosedException)
        {
            return Problem.Unavailable("the server is shutting down and takes no more writes");
        }

        return await item.Answer;
    }

    /// <summary>Ends after everything that was queued is on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await _connection.DisposeAsync();
    }

    private async Task LoopAsync()
    {
        var batch = new List<WorkItem>();
        var untilMaintenance = FirstMaintenance;
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            await CommitTogetherAsync(batch);
            untilMaintenance -= batch.Count;
            if (untilMaintenance <= 0)
            {
                untilMaintenance = MaintainEvery;
                await _connection.MaintainAsync();
            }
        }
    }

    private async Task CommitTogetherAsync(List<WorkItem> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunAsync(batch);
                break;
            }
            catch (Exception e)
            {
                await _connection.AbandonAsync();
                if (attempt < MostAttempts && batch.Count > 0 && _connection.MayRunAgain(e))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(5 << attempt), _time, CancellationToken.None);
                    continue;
                }

                // The outcome may be unknown (a connection lost while committing): followers look into the table.
                _feed.CatchUp();
                var explanation = _connection.Explain(e);
                batch.ForEach(item => item.Fail(e, explanation));
                return;
            }
        }

        _feed.Publish(_events.Appended);
        batch.ForEach(item => item.Complete(_connection.Explain));
    }

    private async Task RunAsync(List<WorkItem> batch)
    {
        var again = batch.Count;
        if (again == 0 && !TakeNext(batch))
        {
            return;
        }

        await _connection.BeginAsync(CancellationToken.None);
        _events.Begin();
        for (var i = 0; i < batch.Count || (batch.Count < _connection.MostPerCommit && TakeNext(batch)); i++)
        {
            await RunOneAsync(batch[i]);
        }

        await _events.EndAsync(_connection.Connection, CancellationToken.None);
        await _connection.CommitAsync(_events.Appended.Count > 0 ? _events.Appended[^1].Sequence : null, CancellationToken.None);
    }

    private bool TakeNext(List<WorkItem> batch)
    {
        while (_queue.Reader.TryRead(out var item))
        {
            if (!item.Cancellation.IsCancellationRequested)
            {
                batch.Add(item);
                return true;
            }

            item.Cancel();
        }

        return false;
    }

    private async Task RunOneAsync(WorkItem item)
    {
        var mark = _events.Mark();
        await _connection.SavepointAsync(CancellationToken.None);
        _inside.Value = true;
        var keep = await item.RunAsync(new WriteSession(_connection.Dialect, _connection.Connection, _events, item.Actor, item.Cancellation));
        _inside.Value = false;
        if (item.Thrown is { } thrown && (!_connection.TransactionAlive || _connection.MayRunAgain(thrown)))
        {
            // The whole transaction is gone or worthless, not only this piece.
            throw new BatchLostException(thrown);
        }

        if (keep)
        {
            await _connection.ReleaseAsync(CancellationToken.None);
        }
        else
        {
            await _connection.RollBackToSavepointAsync(CancellationToken.None);
            _events.Rewind(mark);
        }
    }
}

/// <summary>The database ended the transaction because of one piece of work; <see cref="Exception.InnerException"/> says why.</summary>
internal sealed class BatchLostException(Exception cause) : Exception($"The transaction was lost: {cause.Message}", cause);
