using System.Data.Common;
using Dapper;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>One caller's view of a connection inside a transaction that somebody else began and will end.</summary>
internal class ReadSession(Dialect dialect, DbConnection connection, CancellationToken cancellation) : IReadSession
{
    public Dialect Dialect => dialect;

    protected DbConnection Connection => connection;

    protected CancellationToken Cancellation => cancellation;

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(new CommandDefinition(dialect.Translate(sql), parameters, cancellationToken: cancellation))).AsList();

    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters = null) =>
        connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(dialect.Translate(sql), parameters, cancellationToken: cancellation));

    public IAsyncEnumerable<T> StreamAsync<T>(string sql, object? parameters = null) =>
        connection.QueryUnbufferedAsync<T>(dialect.Translate(sql), parameters);
}

internal sealed class WriteSession(Dialect dialect, DbConnection connection, EventAppender events, string actor, CancellationToken cancellation)
    : ReadSession(dialect, connection, cancellation), IWriteSession
{
    public Task<int> ExecuteAsync(string sql, object? parameters = null) =>
        Connection.ExecuteAsync(new CommandDefinition(Dialect.Translate(sql), parameters, cancellationToken: Cancellation));

    public Task<long> AppendAsync(EventDraft draft) => events.AppendAsync(Connection, draft, actor, Cancellation);
}
