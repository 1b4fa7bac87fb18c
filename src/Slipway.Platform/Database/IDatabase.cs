using System.Data.Common;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>
/// The metadata database: SQLite or PostgreSQL behind one SQL text (see docs/adr/0003). Stores write SQL in the common dialect with named
/// parameters (<c>@name</c>), types TEXT, BIGINT, DOUBLE PRECISION, BYTEA; times are BIGINT microseconds since the Unix epoch, UTC; JSON is TEXT.
/// </summary>
public interface IDatabase
{
    Dialect Dialect { get; }

    /// <summary>Reads from one snapshot, on a pooled connection, never waiting for the writer.</summary>
    Task<T> ReadAsync<T>(Func<IReadSession, CancellationToken, Task<T>> work, CancellationToken cancellation);

    /// <summary>
    /// One transaction. A failed result or an exception rolls everything back, events included; when the task ends in success the commit
    /// is on disk. On SQLite all writes go through one writer that commits many transactions with one sync, so the work must not do
    /// anything slow but SQL. The work may run again on PostgreSQL after a serialisation failure: no side effects but through the session.
    /// </summary>
    Task<Result<T>> WriteAsync<T>(Func<IWriteSession, CancellationToken, Task<Result<T>>> work, CancellationToken cancellation);
}

public interface IReadSession
{
    Dialect Dialect { get; }

    /// <summary>Rows mapped to <typeparamref name="T"/> as Dapper does: columns to properties or constructor parameters by name.</summary>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null);

    /// <summary>The only row, or null when there is none.</summary>
    Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters = null);

    /// <summary>Rows one by one, for results too large to hold.</summary>
    IAsyncEnumerable<T> StreamAsync<T>(string sql, object? parameters = null);

    /// <summary>Hands each row to <paramref name="row"/> as the database has it, without making objects: for many small rows. Returns how many.</summary>
    Task<int> ScanAsync(string sql, object? parameters, Action<DbDataReader> row);
}

public interface IWriteSession : IReadSession
{
    /// <summary>Executes; when <paramref name="parameters"/> is a sequence, once per element on one prepared statement. Returns rows affected.</summary>
    Task<int> ExecuteAsync(string sql, object? parameters = null);

    /// <summary>
    /// Inserts many rows with one statement: prepared once on SQLite, one round trip on PostgreSQL. For thousands of small rows, where a call per row counts.
    /// </summary>
    Task<int> InsertRowsAsync(RowInsert insert);

    /// <summary>Appends to the event log in this transaction and returns the event's sequence number (see <see cref="IEventLog"/>).</summary>
    Task<long> AppendAsync(EventDraft draft);
}
