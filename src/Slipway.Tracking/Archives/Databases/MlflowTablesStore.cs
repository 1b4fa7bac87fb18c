using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Npgsql;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Archives.Databases;

/// <summary>
/// Reads tables of somebody else's MLflow database. Statements ask for all columns and rows are read by column name, so that one statement serves the
/// schemas of all years; a table that is not there yet reads as empty.
/// </summary>
[SuppressMessage("Security", "CA2100", Justification = "The texts are the constants above; values are parameters.")]
internal sealed class MlflowTablesStore : IAsyncDisposable
{
    private const string SqliteTables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    private const string PostgresTables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))";
    private const string SchemaRevision = "SELECT version_num FROM alembic_version";

    private readonly DbConnection _connection;
    private readonly HashSet<string> _tables;

    private MlflowTablesStore(DbConnection connection, HashSet<string> tables, string revision) =>
        (_connection, _tables, Revision) = (connection, tables, revision);

    /// <summary>Of MLflow's schema; <c>unknown</c> before MLflow kept one.</summary>
    public string Revision { get; }

    public bool IsSqlite => _connection is SqliteConnection;

    public static Task<Result<MlflowTablesStore>> OpenSqliteAsync(string path, CancellationToken cancellation) =>
        OpenAsync(
            () =>
            {
                SqliteLibrary.Use();
                return new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            },
            cancellation);

    public static Task<Result<MlflowTablesStore>> OpenPostgresAsync(string connectionString, CancellationToken cancellation) =>
        OpenAsync(() => new NpgsqlConnection(connectionString), cancellation);

    private static async Task<Result<MlflowTablesStore>> OpenAsync(Func<DbConnection> connect, CancellationToken cancellation)
    {
        DbConnection? connection = null;
        try
        {
            connection = connect();
            return await OpenAsync(connection, cancellation);
        }
        catch (Exception fault) when (fault is DbException or IOException or ArgumentException or InvalidOperationException)
        {
            await (connection?.DisposeAsync() ?? default);
            return Problem.Invalid($"cannot read the MLflow database: {fault.Message}");
        }
    }

    private static async Task<Result<MlflowTablesStore>> OpenAsync(DbConnection connection, CancellationToken cancellation)
    {
        await connection.OpenAsync(cancellation);
        var tables = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in QueryAsync(connection, connection is SqliteConnection ? SqliteTables : PostgresTables, null, cancellation))
        {
            tables.Add(row.TextOrEmpty("name"));
        }

        if (!tables.Contains("experiments") || !tables.Contains("runs"))
        {
            await connection.DisposeAsync();
            return Problem.Invalid("the database has no tables `experiments` and `runs`: it is not an MLflow tracking database");
        }

        var revision = "unknown";
        if (tables.Contains("alembic_version"))
        {
            await foreach (var row in QueryAsync(connection, SchemaRevision, null, cancellation))
            {
                revision = row.TextOrEmpty("version_num");
            }
        }

        return new MlflowTablesStore(connection, tables, revision);
    }

    public bool Has(string table) => _tables.Contains(table);

    /// <summary>Rows of a statement; nothing when <paramref name="table"/>, which it reads from, is not there.</summary>
    public IAsyncEnumerable<MlflowRow> RowsAsync(string table, string sql, object? key, CancellationToken cancellation) =>
        Has(table) ? QueryAsync(_connection, sql, key is null ? null : [key], cancellation) : AsyncEnumerable.Empty<MlflowRow>();

    /// <summary>Rows of a statement whose <c>@list</c> stands for the keys.</summary>
    public IAsyncEnumerable<MlflowRow> RowsOfAsync(string table, string sql, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        Has(table) && keys.Count > 0
            ? QueryAsync(_connection, sql.Replace("@list", string.Join(", ", keys.Select((_, i) => $"@p{i}")), StringComparison.Ordinal), keys, cancellation)
            : AsyncEnumerable.Empty<MlflowRow>();

    public async Task<long> CountAsync(string table, string sql, CancellationToken cancellation)
    {
        await foreach (var row in RowsAsync(table, sql, null, cancellation))
        {
            return row.NumberOrZero("n");
        }

        return 0;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async IAsyncEnumerable<MlflowRow> QueryAsync(
        DbConnection connection, string sql, IReadOnlyList<object>? parameters, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        for (var i = 0; i < parameters?.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"p{i}");
            parameter.Value = parameters[i];
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return new MlflowRow(reader);
        }
    }
}
