using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>
/// SQLite in one file: one writer with group commit, and readers that each see a snapshot and never wait for it (WAL). A commit is synced before
/// it is acknowledged (synchronous=FULL). The file belongs to one server process; others may read it.
/// </summary>
internal sealed class SqliteDatabase : IDatabase, IAsyncDisposable
{
    // Readers beyond the cores only wait for one another; a handful more covers those that pause between rows.
    private static readonly int MostReaders = Environment.ProcessorCount + 6;

    private readonly ConcurrentBag<CachingConnection> _idle = [];
    private readonly SemaphoreSlim _readers = new(MostReaders);
    private readonly GroupCommitWriter _writer;
    private readonly string _path;

    public SqliteDatabase(string path, EventFeed feed, TimeProvider time)
    {
        RowMapping.Use();
        SqliteLibrary.Use();
        _path = path;
        _writer = new GroupCommitWriter(new SqliteWriterConnection(OpenWriter(path), path), feed, time);
    }

    public Dialect Dialect => Dialect.Sqlite;

    public async Task<T> ReadAsync<T>(Func<IReadSession, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await _readers.WaitAsync(cancellation);
        CachingConnection? connection = null;
        try
        {
            connection = _idle.TryTake(out var idle) ? idle : Open(_path, SqliteOpenMode.ReadOnly, 4_000);
            connection.Run("BEGIN");
            var answer = await work(new ReadSession(Dialect.Sqlite, connection, cancellation), cancellation);
            connection.Run("COMMIT");
            _idle.Add(connection);
            connection = null;
            return answer;
        }
        finally
        {
            // Still here after a failure: a statement may be open on it, so it is closed rather than kept.
            connection?.Dispose();
            _readers.Release();
        }
    }

    public Task<Result<T>> WriteAsync<T>(Func<IWriteSession, CancellationToken, Task<Result<T>>> work, CancellationToken cancellation) =>
        _writer.WriteAsync(work, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        _readers.Dispose();
    }

    private static bool MatchesPattern(string pattern, string text) => Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static CachingConnection OpenWriter(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var connection = Open(path, SqliteOpenMode.ReadWriteCreate, 16_000);
        connection.Run("PRAGMA journal_mode = WAL");

        // Nothing acknowledged may be lost, a power cut included; in WAL mode NORMAL would sync at checkpoints only.
        connection.Run("PRAGMA synchronous = FULL");
        connection.Run("PRAGMA journal_size_limit = 67108864");
        return connection;
    }

    // Pages are mostly read through the map, so the caches (in KiB) stay small: idle memory counts.
    private static CachingConnection Open(string path, SqliteOpenMode mode, int cacheKiB)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 10 };
        var inner = new SqliteConnection(settings.ToString());
        inner.Open();

        // SQLite knows the operator REGEXP but leaves its meaning to us. Without backtracking no pattern takes longer than its text is long.
        inner.CreateFunction("regexp", (string? pattern, string? text) => pattern is not null && text is not null && MatchesPattern(pattern, text), isDeterministic: true);
        var connection = new CachingConnection(inner);
        connection.Run("PRAGMA busy_timeout = 5000");
        connection.Run("PRAGMA foreign_keys = ON");
        connection.Run("PRAGMA mmap_size = 268435456");
        connection.Run("PRAGMA temp_store = MEMORY");
        connection.Run($"PRAGMA cache_size = -{cacheKiB}");
        return connection;
    }
}
