using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

/// <summary>
/// The writer's connection to PostgreSQL. A lock held for the transaction keeps the writers of all replicas apart, so that event numbers are
/// gapless and in commit order, and a store sees the same one-after-another world as on SQLite.
/// </summary>
internal sealed class PostgresWriterConnection(NpgsqlDataSource source, string display) : WriterConnection
{
    /// <summary>NOTIFY channel; the payload is the newest sequence number.</summary>
    public const string Channel = "slipway_events";

    // Any number, but the same in every replica: "slipway" in ASCII.
    private const long WriteLock = 0x736C6970776179;

    // A replica that hangs in a transaction must not stop the others for ever: the server ends it.
    private const string Begin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15s'; SET LOCAL lock_timeout = '30s'";

    private NpgsqlConnection? _connection;

    public override Dialect Dialect => Dialect.PostgreSql;

    public override DbConnection Connection => _connection ?? throw new InvalidOperationException("No transaction is open.");

    // PostgreSQL keeps 64 subtransaction ids per backend in shared memory; beyond that every snapshot in the cluster slows down.
    public override int MostPerCommit => 60;

    public override bool TransactionAlive => _connection is { State: System.Data.ConnectionState.Open };

    public override async Task BeginAsync(CancellationToken cancellation)
    {
        _connection ??= await source.OpenConnectionAsync(cancellation);
        await RunAsync(Begin, cancellation);
        await using var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock(@key)", _connection);
        take.Parameters.AddWithValue("key", WriteLock);
        await take.ExecuteNonQueryAsync(cancellation);
    }

    public override Task SavepointAsync(CancellationToken cancellation) => RunAsync("SAVEPOINT work", cancellation);

    public override Task ReleaseAsync(CancellationToken cancellation) => RunAsync("RELEASE work", cancellation);

    public override Task RollBackToSavepointAsync(CancellationToken cancellation) => RunAsync("ROLLBACK TO work; RELEASE work", cancellation);

    public override async Task CommitAsync(long? newest, CancellationToken cancellation)
    {
        if (newest is { } sequence)
        {
            await using var notify = new NpgsqlCommand("SELECT pg_notify(@channel, @newest)", _connection);
            notify.Parameters.AddWithValue("channel", Channel);
            notify.Parameters.AddWithValue("newest", sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await notify.ExecuteNonQueryAsync(cancellation);
        }

        try
        {
            await RunAsync("COMMIT", cancellation);
        }
        catch (Exception e) when (e is not PostgresException)
        {
            throw new CommitUnknownException(e);
        }
    }

    public override async Task AbandonAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;

            // Closing rolls back, and the next transaction starts on a connection that is known to work.
            NpgsqlConnection.ClearPool(connection);
            await connection.DisposeAsync();
        }
    }

    public override bool MayRunAgain(Exception failure) => failure switch
    {
        CommitUnknownException => false,
        BatchLostException { InnerException: { } cause } => MayRunAgain(cause),
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => true,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or "25P03" } => true,
        PostgresException => false,
        NpgsqlException e => e.IsTransient || e.InnerException is IOException,
        _ => false,
    };

    public override Problem? Explain(Exception failure) => failure switch
    {
        CommitUnknownException => Problem.Unavailable(
            $"the connection to {display} broke while committing: the change may or may not have been kept; look before trying again", TimeSpan.FromSeconds(2)),
        BatchLostException { InnerException: { } cause } => Explain(cause),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            Problem.Unavailable($"the disk of {display} is full: free some space there and try again", TimeSpan.FromSeconds(10)),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            Problem.Unavailable($"{display} is read-only: point --db at the primary"),
        PostgresException { IsTransient: true } e => Problem.Unavailable($"{display} cannot serve now: {e.MessageText}", TimeSpan.FromSeconds(2)),
        PostgresException => null,
        NpgsqlException e => Problem.Unavailable($"{display} cannot be reached: {e.Message}", TimeSpan.FromSeconds(2)),
        _ => null,
    };

    public override async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "The text is a constant of a store or of this class; values go in as parameters.")]
    private async Task RunAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed class CommitUnknownException(Exception cause) : Exception(cause.Message, cause);
}
