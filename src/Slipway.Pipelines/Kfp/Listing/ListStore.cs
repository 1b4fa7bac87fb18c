using System.Globalization;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Kfp.Listing;

internal sealed record Page<T>(IReadOnlyList<T> Items, long Total, string? NextToken);

/// <param name="Sql">A condition on the table, with <c>@name</c> parameters.</param>
internal sealed record ListScope(string Sql, params (string Name, object Value)[] Parameters);

/// <summary>
/// Reads a page by keyset: rows after a position in a total order, so pages neither repeat nor lose a row while others write. Everything that
/// comes from the caller is a parameter; what becomes SQL text are the table's own expressions.
/// </summary>
internal static class ListStore
{
    private sealed record PositionRow(string? Text, long? Number);

    public static async Task<Page<T>> ReadAsync<T>(IReadSession session, ListTable table, ListRequest request, Func<T, string> idOf, params IReadOnlyList<ListScope> scopes)
    {
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        var conditions = new List<string>();
        foreach (var scope in scopes)
        {
            conditions.Add($"({scope.Sql})");
            foreach (var (name, value) in scope.Parameters)
            {
                parameters[name] = value;
            }
        }

        foreach (var predicate in request.Predicates)
        {
            conditions.Add(Condition(table, predicate, parameters));
        }

        var counted = await session.QuerySingleOrDefaultAsync<long>($"SELECT COUNT(*) {table.From}{Where(conditions)}", parameters);
        var sort = table.Columns[request.SortBy];
        var direction = request.Descending ? "DESC" : "ASC";
        if (request.After is { } after)
        {
            var comparison = request.Descending ? "<" : ">";
            conditions.Add($"({sort.Sql} {comparison} @after_value OR ({sort.Sql} = @after_value AND {table.Id} {comparison} @after_id))");
            (parameters["after_value"], parameters["after_id"]) = (after.Value, after.Id);
        }

        parameters["page_limit"] = request.PageSize + 1L;
        var rows = await session.QueryAsync<T>(
            $"{table.Select}{Where(conditions)} ORDER BY {sort.Sql} {direction}, {table.Id} {direction} LIMIT @page_limit", parameters);
        if (rows.Count <= request.PageSize)
        {
            return new Page<T>(rows, counted, null);
        }

        var last = idOf(rows[request.PageSize - 1]);
        var column = sort.Kind == ColumnKind.Time ? "Number" : "Text";
        var position = await session.QuerySingleOrDefaultAsync<PositionRow>($"SELECT {sort.Sql} AS {column} {table.From} WHERE {table.Id} = @id", new { id = last });
        object at = sort.Kind == ColumnKind.Time ? position!.Number!.Value : position!.Text!;
        return new Page<T>([.. rows.Take(request.PageSize)], counted, request.TokenAfter(new ListPosition(at, last)));
    }

    private static string Where(List<string> conditions) => conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";

    private static string Condition(ListTable table, Predicate predicate, Dictionary<string, object> parameters)
    {
        if (table.Columns.TryGetValue(predicate.Key, out var column))
        {
            return column.Kind == ColumnKind.Time ? TimeCondition(column, predicate, parameters) : TextCondition(column.Sql, column.Stored, predicate, parameters);
        }

        var tag = Add(parameters, predicate.Key["tags.".Length..]);
        var inner = TextCondition("value", null, predicate, parameters);
        return table.TagFilter!.Replace("{tag}", tag, StringComparison.Ordinal).Replace("{value}", inner, StringComparison.Ordinal);
    }

    private static string TextCondition(string sql, Func<string, IReadOnlyList<string>>? stored, Predicate predicate, Dictionary<string, object> parameters)
    {
        var texts = predicate.Values.Select(AsText).ToArray();
        if (predicate.Operation == FilterOperation.IsSubstring)
        {
            var pattern = $"%{texts[0].ToLowerInvariant().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
            return $"LOWER({sql}) LIKE @{Add(parameters, pattern)} ESCAPE '\\'";
        }

        if (predicate.Operation is FilterOperation.Equals or FilterOperation.NotEquals or FilterOperation.In)
        {
            var all = stored is null ? texts : [.. texts.SelectMany(stored).Distinct(StringComparer.Ordinal)];
            return all.Length == 0
                ? predicate.Operation == FilterOperation.NotEquals ? "1 = 1" : "1 = 0"
                : $"{sql} {(predicate.Operation == FilterOperation.NotEquals ? "NOT IN" : "IN")} @{Add(parameters, all)}";
        }

        return $"{sql} {Sign(predicate.Operation)} @{Add(parameters, texts[0])}";
    }

    private static string TimeCondition(ListColumn column, Predicate predicate, Dictionary<string, object> parameters)
    {
        var times = predicate.Values.Select(AsMicros).ToArray();
        return predicate.Operation switch
        {
            FilterOperation.IsSubstring => "1 = 0",
            FilterOperation.In when times.Length == 0 => "1 = 0",
            FilterOperation.In => $"{column.Sql} IN @{Add(parameters, times)}",
            _ => $"{column.Sql} {Sign(predicate.Operation)} @{Add(parameters, times[0])}",
        };
    }

    private static string Sign(FilterOperation operation) => operation switch
    {
        FilterOperation.Equals => "=",
        FilterOperation.NotEquals => "<>",
        FilterOperation.GreaterThan => ">",
        FilterOperation.GreaterThanEquals => ">=",
        FilterOperation.LessThan => "<",
        _ => "<=",
    };

    private static string Add(Dictionary<string, object> parameters, object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{parameters.Count}");
        parameters[name] = value;
        return name;
    }

    private static string AsText(object value) => value is DateTimeOffset time ? KfpTime.Text(time) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static long AsMicros(object value) => value switch
    {
        DateTimeOffset time => Micros.Of(time),
        long seconds => seconds is > -1_000_000_000_000 and < 1_000_000_000_000 ? seconds * 1_000_000 : seconds > 0 ? long.MaxValue : long.MinValue,
        string text when KfpTime.TryRead(text, out var time) => Micros.Of(time),
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) => AsMicros(seconds),
        _ => long.MinValue,
    };
}
