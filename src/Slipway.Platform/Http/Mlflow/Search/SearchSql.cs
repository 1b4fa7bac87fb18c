using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>
/// Collects the parameters of a search while its SQL is put together: every value goes in as a parameter, and the text depends on the filter's shape
/// only. LIKE minds case on both databases, ILIKE does not, RLIKE is a regular expression.
/// </summary>
public sealed class SearchSql(Dialect dialect)
{
    public Dialect Dialect => dialect;

    /// <summary>To be handed to the session beside the SQL.</summary>
    public Dictionary<string, object?> Parameters { get; } = new(StringComparer.Ordinal);

    /// <summary>The parameter's name with its @.</summary>
    public string Add(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{Parameters.Count}");
        Parameters[name] = value;
        return "@" + name;
    }

    /// <summary>A condition on a TEXT column.</summary>
    /// <exception cref="ProblemException">A pattern after RLIKE that is no regular expression.</exception>
    public string Text(string column, Comparison comparison, SearchValue value) => comparison switch
    {
        Comparison.IsNull => $"{column} IS NULL",
        Comparison.IsNotNull => $"{column} IS NOT NULL",
        Comparison.In => $"{column} IN {Add(value.Items.ToArray())}",
        Comparison.NotIn => $"{column} NOT IN {Add(value.Items.ToArray())}",
        Comparison.Like when dialect.Engine == DatabaseEngine.Sqlite => $"{column} GLOB {Add(Glob(value.Text))}",
        Comparison.Like => $"{column} LIKE {Add(value.Text)} ESCAPE ''",
        Comparison.ILike when dialect.Engine == DatabaseEngine.Sqlite => $"lower({column}) LIKE lower({Add(value.Text)})",
        Comparison.ILike => $"{column} ILIKE {Add(value.Text)} ESCAPE ''",
        Comparison.RLike => $"{column} {(dialect.Engine == DatabaseEngine.Sqlite ? "REGEXP" : "~")} {Add(Pattern(value.Text))}",
        _ => $"{column} {Symbol(comparison)} {Add(value.Text)}",
    };

    /// <summary>A condition on a number column.</summary>
    public string Number(string column, Comparison comparison, double value) => $"{column} {Symbol(comparison)} {Add(value)}";

    public string Number(string column, Comparison comparison, long value) => $"{column} {Symbol(comparison)} {Add(value)}";

    /// <summary>True for the six comparisons that numbers have.</summary>
    public static bool IsOrdering(Comparison comparison) => comparison <= Comparison.GreaterOrEqual;

    private static string Symbol(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "=",
        Comparison.NotEqual => "<>",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "no comparison of two values"),
    };

    private static string Pattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return pattern;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ProblemException(Problem.Invalid($"Invalid pattern '{pattern}' after RLIKE: {e.Message}"));
        }
    }

    // SQLite's LIKE minds no case; its GLOB does.
    private static string Glob(string like)
    {
        var glob = new StringBuilder(like.Length + 8);
        foreach (var c in like)
        {
            _ = c switch
            {
                '%' => glob.Append('*'),
                '_' => glob.Append('?'),
                '*' or '?' or '[' => glob.Append('[').Append(c).Append(']'),
                _ => glob.Append(c),
            };
        }

        return glob.ToString();
    }
}
