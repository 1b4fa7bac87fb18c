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

    public async Task<int> ScanAsync(string sql, object? parameters, Action<DbDataReader> row)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(dialect.Translate(sql), parameters, cancellationToken: cancellation));
        var count = 0;
        while (await reader.ReadAsync(cancellation))
        {
            row(reader);
            count++;
        }

        return count;
    }
}

internal sealed class WriteSession(Dialect dialect, DbConnection connection, EventAppender events, string actor, CancellationToken cancellation)
    : ReadSession(dialect, connection, cancellation), IWriteSession
{
    public Task<int> ExecuteAsync(string sql, object? parameters = null) =>
        Connection.ExecuteAsync(new CommandDefinition(Dialect.Translate(sql), parameters, cancellationToken: Cancellation));

    public Task<int> InsertRowsAsync(RowInsert insert)
    {
        if (insert.Count == 0)
        {
            return Task.FromResult(0);
        }

        if (Connection is CachingConnection sqlite)
        {
            return Task.FromResult(sqlite.InsertRows(insert));
        }

        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var column in insert.Columns)
        {
            parameters[column.Name] = column.Values;
        }

        var arrays = string.Join(", ", insert.Columns.Select(c => "@" + c.Name));
        var values = insert.Expressions(place => "r." + insert.Columns[place].Name);
        return ExecuteAsync($"INSERT INTO {insert.Table} ({insert.Names}) SELECT {values} FROM unnest({arrays}) AS r({insert.Names}) {insert.Conflict}", parameters);
    }

    public Task<long> AppendAsync(EventDraft draft) => events.AppendAsync(Connection, draft, actor, Cancellation);
}
