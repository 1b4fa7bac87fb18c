namespace Slipway.Platform.Database;

/// <summary>Rows for one table, column by column.</summary>
/// <param name="Table">A name from a store's source, as are the columns' names; never from a caller.</param>
/// <param name="Conflict">What ends the statement: <c>ON CONFLICT DO NOTHING</c>, or empty.</param>
/// <param name="Columns">Each with as many values as there are rows.</param>
public sealed record RowInsert(string Table, string Conflict, params IReadOnlyList<RowColumn> Columns)
{
    public int Count => Columns[0].Values.Length;

    internal string Names => string.Join(", ", Columns.Select(c => c.Name));
}

/// <param name="Values">A <c>long[]</c>, <c>double[]</c> or <c>string[]</c>, none of them null.</param>
public sealed record RowColumn(string Name, Array Values);
