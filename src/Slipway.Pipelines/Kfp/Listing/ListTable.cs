namespace Slipway.Pipelines.Kfp.Listing;

internal enum ColumnKind
{
    Text,

    /// <summary>Microseconds since the epoch; whole numbers in a filter are seconds, as upstream keeps them.</summary>
    Time,
}

/// <param name="Sql">An expression that is never null, so that sorting and paging are total.</param>
/// <param name="Stored">What the wire's text is in the table, when it is not the same; several when one word on the wire stands for several.</param>
internal sealed record ListColumn(string Sql, ColumnKind Kind = ColumnKind.Text, Func<string, IReadOnlyList<string>>? Stored = null);

/// <summary>What can be listed: its statement's parts, and the fields by which callers may filter and sort.</summary>
/// <param name="Select">The columns and FROM, without WHERE.</param>
/// <param name="From">The FROM clause alone, for counting.</param>
/// <param name="Id">The unique column that ends every order.</param>
/// <param name="TagFilter">For keys <c>tags.NAME</c>: a condition with <c>@{tag}</c> and <c>@{value}</c>; null when it has no tags.</param>
internal sealed record ListTable(
    string Select, string From, string Id, IReadOnlyDictionary<string, ListColumn> Columns, string DefaultSort = "created_at", string? TagFilter = null);
