using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Slipway.Platform.Database;

/// <summary>A command that borrows its prepared statement from the connection's cache, and gives it back when disposed.</summary>
internal sealed class CachedCommand(CachingConnection connection) : DbCommand
{
    private SqliteCommand? _inner;

    [AllowNull]
    public override string CommandText
    {
        get => _inner?.CommandText ?? "";
        set => UseStatement(value ?? "");
    }

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => connection;
        set => throw new NotSupportedException();
    }

    protected override DbParameterCollection DbParameterCollection => Inner.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    private SqliteCommand Inner => _inner ?? throw new InvalidOperationException("Set the command text first.");

    public override void Cancel()
    {
    }

    public override int ExecuteNonQuery() => Inner.ExecuteNonQuery();

    public override object? ExecuteScalar() => Inner.ExecuteScalar();

    public override void Prepare() => Inner.Prepare();

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Inner.ExecuteReader(behavior);

    protected override void Dispose(bool disposing)
    {
        if (disposing && _inner is { } inner)
        {
            _inner = null;
            connection.Return(inner);
        }

        base.Dispose(disposing);
    }

    // Dapper widens "IN @ids" after it has added the parameters, so they move along to the new text.
    private void UseStatement(string text)
    {
        if (_inner?.CommandText == text)
        {
            return;
        }

        var (before, next) = (_inner, connection.Rent(text));
        _inner = next;
        if (before is not null)
        {
            var parameters = before.Parameters.Cast<SqliteParameter>().ToArray();
            before.Parameters.Clear();
            next.Parameters.AddRange(parameters);
            connection.Return(before);
        }
    }
}
