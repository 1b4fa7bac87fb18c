using System.Data;
using Npgsql;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>
/// PostgreSQL 13 or newer. Reads run on pooled connections, each in a repeatable-read snapshot. Writes of this replica share one connection and
/// group their commits; an advisory lock keeps the replicas' transactions apart (docs/adr/0003, 0004).
/// </summary>
internal sealed class PostgresDatabase : IDatabase, IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly GroupCommitWriter _writer;
    private readonly PostgresEventListener _listener;

    public PostgresDatabase(DatabaseUrl.PostgreSql url, EventFeed feed, TimeProvider time)
    {
        RowMapping.Use();
        var settings = new NpgsqlConnectionStringBuilder(url.ConnectionString)
        {
            // The same few hundred texts run over and over: plan them once per connection.
            MaxAutoPrepare = 128,
            AutoPrepareMinUsages = 3,
            ApplicationName = "slipway",
        };
        _source = NpgsqlDataSource.Create(settings);
        _writer = new GroupCommitWriter(new PostgresWriterConnection(_source, url.Display), feed, time);
        _listener = new PostgresEventListener(_source, feed, time);
    }

    public Dialect Dialect => Dialect.PostgreSql;

    public async Task<T> ReadAsync<T>(Func<IReadSession, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var answer = await work(new ReadSession(Dialect.PostgreSql, connection, cancellation), cancellation);
        await transaction.CommitAsync(cancellation);
        return answer;
    }

    public Task<Result<T>> WriteAsync<T>(Func<IWriteSession, CancellationToken, Task<Result<T>>> work, CancellationToken cancellation) =>
        _writer.WriteAsync(work, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _listener.DisposeAsync();
        await _source.DisposeAsync();
    }
}
