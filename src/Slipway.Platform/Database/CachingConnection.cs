using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Slipway.Platform.Database;

/// <summary>
/// An open SQLite connection that keeps its prepared statements by text: preparing costs more than running a small statement, and Dapper
/// makes a new command for every call. Used by one caller at a time.
/// </summary>
internal sealed class CachingConnection(SqliteConnection inner) : DbConnection
{
    // A list parameter makes a text per list length; when such texts fill the cache it is emptied rather than grown.
    private const int MostStatements = 256;
    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    /// <summary>
    /// The same whichever file it is and whether it may write: Dapper compiles its way of binding and reading for each pair of text and connection string,
    /// 2 to 4 ms a time, and what it compiled for one serves all.
    /// </summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => nameof(CachingConnection);
        set => throw new NotSupportedException("The connection is open already.");
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    /// <summary>False while a transaction is open; SQLite itself ends one on a full disk or an I/O error.</summary>
    public bool InAutocommit => SQLitePCL.raw.sqlite3_get_autocommit(inner.Handle!) != 0;

    public override void Open() => inner.Open();

    public override void Close() => Dispose();

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    /// <summary>Runs a statement without parameters, such as BEGIN.</summary>
    public void Run(string sql)
    {
        var command = Rent(sql);
        try
        {
            command.ExecuteNonQuery();
        }
        finally
        {
            Return(command);
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "The text is a constant of a store or of this class; values go in as parameters.")]
    public SqliteCommand Rent(string sql) => _idle.Remove(sql, out var command) ? command : new SqliteCommand(sql, inner);

    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (_idle.Count >= MostStatements)
        {
            Forget();
        }

        if (!_idle.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    /// <summary>Straight to SQLite's own interface: binding by place costs a tenth of what a command with named parameters does.</summary>
    public int InsertRows(RowInsert insert)
    {
        var values = insert.Expressions(static place => string.Create(CultureInfo.InvariantCulture, $"?{place + 1}"));
        var text = $"INSERT INTO {insert.Table} ({insert.Names}) VALUES ({values}) {insert.Conflict}";
        var database = inner.Handle!;
        Check(SQLitePCL.raw.sqlite3_prepare_v2(database, text, out var statement));
        using (statement)
        {
            // An expression need not use its column's value.
            var used = Math.Min(insert.Columns.Count, SQLitePCL.raw.sqlite3_bind_parameter_count(statement));
            var before = SQLitePCL.raw.sqlite3_total_changes(database);
            for (var row = 0; row < insert.Count; row++)
            {
                for (var column = 0; column < used; column++)
                {
                    Check(Bind(statement, column + 1, insert.Columns[column].Values, row));
                }

                var result = SQLitePCL.raw.sqlite3_step(statement);
                Check(result == SQLitePCL.raw.SQLITE_DONE ? SQLitePCL.raw.SQLITE_OK : result);
                SQLitePCL.raw.sqlite3_reset(statement);
            }

            return SQLitePCL.raw.sqlite3_total_changes(database) - before;
        }

        void Check(int result)
        {
            if (result != SQLitePCL.raw.SQLITE_OK)
            {
                throw new SqliteException(SQLitePCL.raw.sqlite3_errmsg(database).utf8_to_string(), result & 0xFF, result);
            }
        }
    }

    private static int Bind(SQLitePCL.sqlite3_stmt statement, int place, Array values, int row) => values switch
    {
        long[] numbers => SQLitePCL.raw.sqlite3_bind_int64(statement, place, numbers[row]),
        double[] reals => SQLitePCL.raw.sqlite3_bind_double(statement, place, reals[row]),
        string?[] texts => texts[row] is { } text ? SQLitePCL.raw.sqlite3_bind_text(statement, place, text) : SQLitePCL.raw.sqlite3_bind_null(statement, place),
        double?[] reals => reals[row] is { } real ? SQLitePCL.raw.sqlite3_bind_double(statement, place, real) : SQLitePCL.raw.sqlite3_bind_null(statement, place),
        _ => throw new NotSupportedException($"{values.GetType()} is not a column of rows"),
    };

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException("The session owns the transaction.");

    protected override DbCommand CreateDbCommand() => new CachedCommand(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Forget()
    {
        foreach (var command in _idle.Values)
        {
            command.Dispose();
        }

        _idle.Clear();
    }
}
