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
