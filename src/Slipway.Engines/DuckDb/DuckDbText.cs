namespace Slipway.Engines.DuckDb;

/// <summary>Names and texts for SQL, where a parameter cannot stand.</summary>
public static class DuckDbText
{
    /// <summary>A column or table name, quoted.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string literal, quoted.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
