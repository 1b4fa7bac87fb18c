using System.Data.Common;
using Microsoft.Data.Sqlite;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

internal sealed class SqliteWriterConnection(CachingConnection connection, string path) : WriterConnection
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Full = 13;

    public override Dialect Dialect => Dialect.Sqlite;

    public override DbConnection Connection => connection;

    // At some 20 us a piece the first one waits about 5 ms for the last one, the order of one sync.
    public override int MostPerCommit => 256;

    public override bool TransactionAlive => !connection.InAutocommit;

    public override Task BeginAsync(CancellationToken cancellation) => Run("BEGIN IMMEDIATE");

    public override Task SavepointAsync(CancellationToken cancellation) => Run("SAVEPOINT work");

    public override Task ReleaseAsync(CancellationToken cancellation) => Run("RELEASE work");

    public override Task RollBackToSavepointAsync(CancellationToken cancellation)
    {
        connection.Run("ROLLBACK TO work");
        return Run("RELEASE work");
    }

    public override Task CommitAsync(long? newest, CancellationToken cancellation) => Run("COMMIT");

    public override Task MaintainAsync()
    {
        try
        {
            // Looks at a sample of the tables that changed much: some milliseconds, whatever their size.
            connection.Run("PRAGMA analysis_limit = 400");
            connection.Run("PRAGMA optimize");
        }
        catch (SqliteException)
        {
            // Old statistics make queries slower, not wrong.
        }

        return Task.CompletedTask;
    }

    public override Task AbandonAsync()
    {
        if (!connection.InAutocommit)
        {
            try
            {
                connection.Run("ROLLBACK");
            }
            catch (SqliteException)
            {
                // SQLite has rolled back by itself between the check and the call; there is nothing left to undo.
            }
        }

        return Task.CompletedTask;
    }

    public override bool MayRunAgain(Exception failure) => false;

    public override Problem? Explain(Exception failure) => Cause(failure) switch
    {
        Full => Problem.Unavailable($"the disk that holds {path} is full: free some space there and try again", TimeSpan.FromSeconds(10)),
        Busy => Problem.Unavailable($"{path} is locked by another program: end it and try again", TimeSpan.FromSeconds(1)),
        ReadOnly => Problem.Unavailable($"{path} cannot be written: make the file and its folder writable for this user"),
        _ => null,
    };

    public override ValueTask DisposeAsync()
    {
        connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int Cause(Exception failure) =>
        ((failure as BatchLostException)?.InnerException ?? failure) is SqliteException e ? e.SqliteErrorCode : 0;

    private Task Run(string sql)
    {
        connection.Run(sql);
        return Task.CompletedTask;
    }
}
