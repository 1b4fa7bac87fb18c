using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Kfp.Listing;

/// <summary>Where the next page starts: after the row with this sort value and id.</summary>
/// <param name="Value">string or long.</param>
internal sealed record ListPosition(object Value, string Id);

/// <summary>A list call, checked against what can be listed.</summary>
internal sealed record ListRequest(string SortBy, bool Descending, IReadOnlyList<Predicate> Predicates, string Filter, int PageSize, ListPosition? After)
{
    public const int DefaultPageSize = 20;
    public const int MaxPageSize = 200;

    private const int MaxQueryText = 64 * 1024;

    /// <summary>
    /// Reads <c>page_size</c> (0 is 20, more than 200 is 200), <c>page_token</c>, <c>sort_by</c> and <c>filter</c>. A page token carries the order and the
    /// filter of its list: they need not be sent again, and when they are they must be the same.
    /// </summary>
    public static Result<ListRequest> Read(IQueryCollection query, ListTable table)
    {
        var faults = new List<Fault>();
        var (sortBy, filter, token) = (Get(query, "sort_by", "sortBy"), Get(query, "filter", "filter"), Get(query, "page_token", "pageToken"));
        if (sortBy.Length + filter.Length + token.Length > MaxQueryText)
        {
            return Problem.Invalid("sort_by, filter and page_token are too long");
        }

        var size = ReadSize(Get(query, "page_size", "pageSize"), faults);
        ListPosition? after = null;
        if (token.Length > 0)
        {
            if (!ReadToken(token).TryGet(out var read, out var problem))
            {
                return problem;
            }

            if ((sortBy.Length > 0 && Canonical(sortBy) != Canonical(read.SortBy)) || (filter.Length > 0 && filter != read.Filter))
            {
                return Problem.Invalid("page_token: belongs to a list with another sort_by or filter; start again without it");
            }

            (sortBy, filter, after) = (read.SortBy, read.Filter, read.After);
        }

        var (field, descending) = ReadSort(sortBy, table, faults);
        if (after is not null && field is not null && after.Value is long != (table.Columns[field].Kind == ColumnKind.Time))
        {
            faults.Add(new Fault("page_token", "is not one that this server gave"));
        }

        if (FilterReader.Read(filter).TryGet(out var predicates, out var unreadable))
        {
            faults.AddRange(predicates.Where(p => !IsKnown(p.Key, table)).Select(p => new Fault(
                "filter", $"there is no field '{Shown(p.Key)}' to filter by; there are: {string.Join(", ", table.Columns.Keys)}")));
        }
        else
        {
            faults.AddRange(unreadable.Faults.Count > 0 ? unreadable.Faults : [new Fault("filter", unreadable.Message)]);
        }

        return faults.Count > 0
            ? Problem.Invalid(faults)
            : new ListRequest(field!, descending, predicates!, filter, size, after);
    }

    public string TokenAfter(ListPosition position) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject
        {
            ["s"] = Descending ? $"{SortBy} desc" : SortBy,
            ["f"] = Filter,
            ["v"] = position.Value is long number ? number : (string)position.Value,
            ["i"] = position.Id,
        },
        TokenContext.Default.JsonObject));

    internal static string Get(IQueryCollection query, string name, string alternative) =>
        query.TryGetValue(name, out var value) || query.TryGetValue(alternative, out value) ? value.ToString() : "";

    private static bool IsKnown(string key, ListTable table) =>
        table.Columns.ContainsKey(key) || (table.TagFilter is not null && key.StartsWith("tags.", StringComparison.Ordinal) && key.Length > 5);

    private static int ReadSize(string text, List<Fault> faults)
    {
        if (text.Length == 0)
        {
            return DefaultPageSize;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) || size < 0)
        {
            faults.Add(new Fault("page_size", $"'{Shown(text)}' must be a whole number, 0 or more"));
            return DefaultPageSize;
        }

        return size == 0 ? DefaultPageSize : Math.Min(size, MaxPageSize);
    }

    private static (string? Field, bool Descending) ReadSort(string sortBy, ListTable table, List<Fault> faults)
    {
        if (sortBy.Trim().Length == 0)
        {
            return (table.DefaultSort, false);
        }

        var words = Canonical(sortBy).Split(' ');
        if (words.Length > 2 || (words.Length == 2 && words[1] is not ("asc" or "desc")))
        {
            faults.Add(new Fault("sort_by", $"'{Shown(sortBy)}' must read \"field\", \"field asc\" or \"field desc\""));
            return (null, false);
        }

        if (!table.Columns.ContainsKey(words[0]))
        {
            faults.Add(new Fault("sort_by", $"there is no field '{Shown(words[0])}' to sort by; there are: {string.Join(", ", table.Columns.Keys)}"));
            return (null, false);
        }

        return (words[0], words.Length == 2 && words[1] == "desc");
    }

    /// <summary>Lower case, single spaces, and "asc" left out where it stands for itself.</summary>
    private static string Canonical(string sortBy)
    {
        var words = sortBy.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words is [var field, "asc"] ? [field] : words);
    }

    private static Result<(string SortBy, string Filter, ListPosition After)> ReadToken(string token)
    {
        var wrong = Problem.Invalid("page_token: is not one that this server gave");
        try
        {
            // Upstream's tokens are in plain Base64, which proxies and clients sometimes pad; ours are read either way.
            var bytes = Base64Url.DecodeFromChars(token.TrimEnd('='));
            return JsonNode.Parse(bytes) is JsonObject json
                && Text(json["s"]) is { } sortBy && Text(json["f"]) is { } filter && Text(json["i"]) is { } id
                && !(sortBy + filter + id).Contains('\0', StringComparison.Ordinal)
                && json["v"] is JsonValue value
                    ? value.TryGetValue<long>(out var number) ? (sortBy, filter, new ListPosition(number, id))
                        : Text(value) is { } text && !text.Contains('\0', StringComparison.Ordinal) ? (sortBy, filter, new ListPosition(text, id))
                        : wrong
                    : wrong;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            return wrong;
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonObject))]
internal sealed partial class TokenContext : System.Text.Json.Serialization.JsonSerializerContext;
