using System.Diagnostics.CodeAnalysis;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

/// <summary>Where the metadata is kept: <c>sqlite:PATH</c> or <c>postgres://user:password@host:port/database?option=value</c>. Prints without the password.</summary>
public abstract record DatabaseUrl
{
    private DatabaseUrl()
    {
    }

    /// <param name="Path">Full path of the database file.</param>
    public sealed record Sqlite(string Path) : DatabaseUrl
    {
        public override string ToString() => $"sqlite:{Path}";
    }

    /// <param name="ConnectionString">As Npgsql takes it, password included: never print or log it.</param>
    /// <param name="Display">The URL without its password.</param>
    public sealed record PostgreSql(string ConnectionString, string Display) : DatabaseUrl
    {
        public override string ToString() => Display;
    }

    public static Result<DatabaseUrl> Parse(string text)
    {
        if (text.StartsWith("sqlite:", StringComparison.Ordinal))
        {
            return ParseSqlite(text["sqlite:".Length..]);
        }

        if (text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal))
        {
            return ParsePostgres(text);
        }

        // The text may be a mistyped URL with a password in it, so the message does not repeat it.
        return Problem.Invalid("the database URL starts with neither sqlite: nor postgres://; write sqlite:PATH or postgres://user:password@host:5432/database");
    }

    private static Result<DatabaseUrl> ParseSqlite(string path)
    {
        // sqlite:///tmp/x.db and sqlite:/tmp/x.db are both in use.
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || path == ":memory:")
        {
            return Problem.Invalid($"sqlite:{path} names no file; write sqlite:PATH, for instance sqlite:/var/lib/slipway/slipway.db");
        }

        return new Sqlite(Path.GetFullPath(path));
    }

    private static Result<DatabaseUrl> ParsePostgres(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            return Problem.Invalid("the postgres URL cannot be read; write postgres://user:password@host:5432/database, with special characters of the password percent-encoded");
        }

        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        if (database.Length == 0)
        {
            return Problem.Invalid($"the postgres URL for {uri.Host} names no database; write postgres://user:password@{uri.Host}:5432/database");
        }

        var user = uri.UserInfo.Split(':', 2);
        var port = uri.Port < 0 ? 5432 : uri.Port;
        var made = Build(uri, Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null, port, database, out var connection);
        return made is { } problem ? problem : new PostgreSql(connection!, Shown(user[0], uri.Host, port, database));
    }

    private static string Shown(string user, string host, int port, string database) =>
        $"postgres://{(user.Length == 0 ? "" : user + "@")}{host}:{port}/{database}";

    [SuppressMessage("Design", "CA1031", Justification = "Npgsql throws several kinds for a bad option; all mean the same to the caller.")]
    private static Problem? Build(Uri uri, string user, string? password, int port, string database, out string? connection)
    {
        connection = null;
        var builder = new Npgsql.NpgsqlConnectionStringBuilder { Host = uri.Host, Port = port, Database = database, Password = password };
        if (user.Length > 0)
        {
            builder.Username = user;
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (Uri.UnescapeDataString(n), Uri.UnescapeDataString(v)) : (pair, "true");
            try
            {
                // libpq spells it sslmode, Npgsql "SSL Mode"; its builder takes both.
                builder[name] = value;
            }
            catch (Exception e)
            {
                return Problem.Invalid($"the postgres URL for {uri.Host} has an option that cannot be used: {name} ({e.Message})");
            }
        }

        connection = builder.ConnectionString;
        return null;
    }
}
