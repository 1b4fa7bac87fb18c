using System.Text.RegularExpressions;

namespace Slipway.Platform.Database;

/// <summary>Rows for one table, column by column.</summary>
/// <param name="Table">A name from a store's source, as are the columns' names; never from a caller.</param>
/// <param name="Conflict">What ends the statement: <c>ON CONFLICT DO NOTHING</c>, or empty.</param>
/// <param name="Columns">Each with as many values as there are rows.</param>
public sealed partial record RowInsert(string Table, string Conflict, params IReadOnlyList<RowColumn> Columns)
{
    public int Count => Columns[0].Values.Length;

    internal string Names => string.Join(", ", Columns.Select(c => c.Name));

    /// <summary>What is written into each column, where <paramref name="place"/> says how a column's value of the row is called.</summary>
    internal string Expressions(Func<int, string> place) => string.Join(", ", Columns.Select((column, i) => column.Expression is { } expression
        ? InBraces().Replace(expression, match => place(PlaceOf(match.Groups[1].Value)))
        : place(i)));

    private int PlaceOf(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == name)
            {
                return i;
            }
        }

        throw new ArgumentException($"{Table}: an expression names {name}, which is not among the columns");
    }

    [GeneratedRegex(@"\{(\w+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex InBraces();
}

/// <param name="Values">A <c>long[]</c>, <c>double[]</c>, <c>double?[]</c> or <c>string?[]</c>.</param>
/// <param name="Expression">
/// SQL that is written in place of the value; <c>{name}</c> in it is the row's value of a column. It sees the table as it is before the row (SQLite) or before
/// all rows of this insert (PostgreSQL).
/// </param>
public sealed record RowColumn(string Name, Array Values, string? Expression = null);
