using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Slipway.Platform.Database;

public enum DatabaseEngine
{
    Sqlite,
    PostgreSql,
}

/// <summary>The few places where the two databases differ. Everything else stays in the dialect they share.</summary>
public sealed partial record Dialect(DatabaseEngine Engine)
{
    private static readonly ConcurrentDictionary<string, string> Translated = new(StringComparer.Ordinal);

    public static Dialect Sqlite { get; } = new(DatabaseEngine.Sqlite);

    public static Dialect PostgreSql { get; } = new(DatabaseEngine.PostgreSql);

    /// <summary>Appended to a SELECT that claims rows: other claimers skip locked rows. Empty on SQLite, whose single writer makes it moot.</summary>
    public string ForUpdateSkipLocked => Engine == DatabaseEngine.PostgreSql ? " FOR UPDATE SKIP LOCKED" : "";

    /// <summary>
    /// <paramref name="column"/> is one of many values, handed over as <see cref="List"/> makes them: one parameter whatever their number, so one text and one plan.
    /// </summary>
    public string In(string column, string parameter) =>
        Engine == DatabaseEngine.Sqlite ? $"{column} IN (SELECT value FROM json_each({parameter}))" : $"{column} = ANY({parameter})";

    /// <summary>The value of the parameter of <see cref="In"/>: of numbers or texts.</summary>
    public object List(long[] values) =>
        Engine == DatabaseEngine.Sqlite ? $"[{string.Join(',', values.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]" : values;

    /// <inheritdoc cref="List(long[])"/>
    public object List(string[] values) => Engine == DatabaseEngine.Sqlite ? System.Text.Json.JsonSerializer.Serialize(values) : values;

    /// <summary>
    /// A migration may say <c>/* SQLite: WITHOUT ROWID */</c> behind a table that is nothing but its key: SQLite then keeps one tree instead of two,
    /// half the bytes and half the work of an insert. What stands in <c>/* PostgreSQL: .. */</c> is for PostgreSQL alone: an index that only its planner would use.
    /// </summary>
    internal string Migrate(string sql) => Engine == DatabaseEngine.Sqlite
        ? sql.Replace("/* SQLite: WITHOUT ROWID */", "WITHOUT ROWID", StringComparison.Ordinal)
        : ForPostgreSql().Replace(sql, "$1");

    [GeneratedRegex(@"/\* PostgreSQL: (.*?) \*/", RegexOptions.CultureInvariant)]
    private static partial Regex ForPostgreSql();

    /// <summary>
    /// The one substitution, done by the sessions: <c>IN @list</c> (an array or list). SQLite gets a parameter per element, PostgreSQL the whole list as one
    /// array (<c>= ANY(@list)</c>), which also keeps one plan for all lengths.
    /// </summary>
    internal string Translate(string sql)
    {
        if (Engine == DatabaseEngine.Sqlite || !sql.Contains("IN @", StringComparison.OrdinalIgnoreCase))
        {
            return sql;
        }

        return Translated.GetOrAdd(sql, static text => InList().Replace(NotInList().Replace(text, "<> ALL(@$1)"), "= ANY(@$1)"));
    }

    [GeneratedRegex(@"\bNOT\s+IN\s+@(\w+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NotInList();

    [GeneratedRegex(@"\bIN\s+@(\w+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex InList();
}
