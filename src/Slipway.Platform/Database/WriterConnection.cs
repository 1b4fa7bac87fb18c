using System.Data.Common;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

/// <summary>What the group-commit writer needs from a database: one transaction at a time, with a savepoint around each piece of work.</summary>
internal abstract class WriterConnection : IAsyncDisposable
{
    public abstract Dialect Dialect { get; }

    /// <summary>Open between <see cref="BeginAsync"/> and the end of the transaction.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>How many pieces of work share a commit at most.</summary>
    public abstract int MostPerCommit { get; }

    /// <summary>False when the database has ended the transaction by itself, taking the whole batch with it.</summary>
    public abstract bool TransactionAlive { get; }

    /// <summary>Begins a transaction that no other writer, in this process or another, overlaps.</summary>
    public abstract Task BeginAsync(CancellationToken cancellation);

    public abstract Task SavepointAsync(CancellationToken cancellation);

    public abstract Task ReleaseAsync(CancellationToken cancellation);

    public abstract Task RollBackToSavepointAsync(CancellationToken cancellation);

    /// <param name="newest">The newest event's sequence number when the transaction appended some.</param>
    public abstract Task CommitAsync(long? newest, CancellationToken cancellation);

    /// <summary>Called between transactions now and then: renews what the query planner knows of the tables. Does not throw.</summary>
    public virtual Task MaintainAsync() => Task.CompletedTask;

    /// <summary>Leaves the connection fit for the next <see cref="BeginAsync"/>, whatever state it is in. Does not throw.</summary>
    public abstract Task AbandonAsync();

    /// <summary>Whether running the same work again may well succeed, and nothing of it has been kept.</summary>
    public abstract bool MayRunAgain(Exception failure);

    /// <summary>The failure as a problem of the surroundings (full disk, server gone); null when it is a bug.</summary>
    public abstract Problem? Explain(Exception failure);

    public abstract ValueTask DisposeAsync();
}
