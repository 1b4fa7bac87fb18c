using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Registry.Kubeflow;

/// <summary><c>?pageSize=&amp;nextPageToken=&amp;orderBy=&amp;sortOrder=&amp;filterQuery=</c>, which every list takes.</summary>
internal sealed record KfList(int Size, long Offset, string OrderBy, bool Descending, SearchNode? Filter)
{
    /// <summary>A filter looks at so many items at most.</summary>
    public const int MostLookedAt = 20_000;

    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal) { ["ID"] = "id", ["CREATE_TIME"] = "created", ["LAST_UPDATE_TIME"] = "updated" };

    public static Result<KfList> Read(IQueryCollection query)
    {
        var faults = new List<Fault>();
        var size = 100;
        if (query["pageSize"].FirstOrDefault() is { Length: > 0 } wanted && (!int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > 1_000))
        {
            faults.Add(new Fault("pageSize", "is not a number from 1 to 1000"));
        }

        var order = query["orderBy"].FirstOrDefault() is { Length: > 0 } by ? by : "ID";
        if (!Columns.ContainsKey(order))
        {
            faults.Add(new Fault("orderBy", $"is none of {string.Join(", ", Columns.Keys)}"));
        }

        var direction = query["sortOrder"].FirstOrDefault() is { Length: > 0 } given ? given : "ASC";
        if (direction is not ("ASC" or "DESC"))
        {
            faults.Add(new Fault("sortOrder", "is neither ASC nor DESC"));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        return MlflowPages.Read(query["nextPageToken"].FirstOrDefault()).TryGet(out var place, out var problem)
            ? SearchFilter.Parse(query["filterQuery"].FirstOrDefault()).Select(filter => new KfList(size, place.Offset, order, direction == "DESC", filter))
            : problem;
    }

    /// <param name="alias">Of the table: <c>m</c>.</param>
    public string Order(string alias)
    {
        var direction = Descending ? "DESC" : "ASC";
        return OrderBy == "ID" ? $"{alias}.id {direction}" : $"{alias}.{Columns[OrderBy]} {direction}, {alias}.id {direction}";
    }

    /// <summary>A page of items that come ordered and from <see cref="Offset"/> on, one more than the page when there is more.</summary>
    public JsonObject Page(IEnumerable<JsonObject> items)
    {
        var taken = items.Take(Size + 1).ToArray();
        return new JsonObject
        {
            ["items"] = new JsonArray([.. taken.Take(Size)]), ["nextPageToken"] = taken.Length > Size ? MlflowPages.Token(Offset + Size) : "", ["pageSize"] = Size,
            ["size"] = Math.Min(taken.Length, Size),
        };
    }

    /// <summary>A page of all items: filtered, ordered and cut here.</summary>
    public JsonObject PageOf(IEnumerable<JsonObject> all)
    {
        var key = OrderBy switch { "CREATE_TIME" => "createTimeSinceEpoch", "LAST_UPDATE_TIME" => "lastUpdateTimeSinceEpoch", _ => "id" };
        var ordered = all.Where(Matches).OrderBy(i => Sortable(i, key)).ThenBy(i => Sortable(i, "id"));
        return Page((Descending ? ordered.Reverse() : ordered).Skip((int)Math.Min(Offset, int.MaxValue)));
    }

    public bool Matches(JsonObject item) => Filter is null || Holds(Filter, item);

    private static long Sortable(JsonObject item, string key) => long.Parse((string)item[key]!, CultureInfo.InvariantCulture);

    private static bool Holds(SearchNode node, JsonObject item) => node switch
    {
        AllOf all => all.Nodes.All(n => Holds(n, item)),
        AnyOf any => any.Nodes.Any(n => Holds(n, item)),
        SearchClause clause => Holds(clause, item),
        _ => false,
    };

    private static bool Holds(SearchClause clause, JsonObject item)
    {
        var value = Value(clause.Key, item);
        if (clause.Comparison is Comparison.IsNull or Comparison.IsNotNull)
        {
            return value is null == (clause.Comparison == Comparison.IsNull);
        }

        if (value is null)
        {
            return false;
        }

        return clause.Comparison switch
        {
            Comparison.In => clause.Value.Items.Contains(value, StringComparer.Ordinal),
            Comparison.NotIn => !clause.Value.Items.Contains(value, StringComparer.Ordinal),
            Comparison.Like => Like(value, clause.Value.Text, RegexOptions.None),
            Comparison.ILike => Like(value, clause.Value.Text, RegexOptions.IgnoreCase),
            Comparison.RLike => throw new ProblemException(Problem.Invalid("filterQuery: RLIKE is not known here; use LIKE")),
            _ => Ordered(clause.Comparison, Compare(value, clause.Value)),
        };
    }

    // name, or `custom-property`, or property.string_value.
    private static string? Value(SearchKey key, JsonObject item)
    {
        var whole = key.ToString();
        if (whole != "customProperties" && item[whole] is JsonValue own)
        {
            return Text(own);
        }

        var properties = item["customProperties"] as JsonObject;
        if (properties?[whole] is JsonObject typed)
        {
            return typed.Where(m => m.Key != "metadataType").Select(m => Text(m.Value)).FirstOrDefault();
        }

        var dot = whole.LastIndexOf('.');
        return dot > 0 && properties?[whole[..dot]] is JsonObject named ? Text(named[whole[(dot + 1)..]]) : null;
    }

    private static string? Text(JsonNode? node) => node is not JsonValue value ? null : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static int? Compare(string value, SearchValue with)
    {
        if (with.Kind == SearchValueKind.Number)
        {
            return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.CompareTo(with.Number) : null;
        }

        return string.CompareOrdinal(with.Kind == SearchValueKind.Word ? value.ToLowerInvariant() : value, with.Kind == SearchValueKind.Word ? with.Text.ToLowerInvariant() : with.Text);
    }

    private static bool Ordered(Comparison comparison, int? order) => order is { } o && comparison switch
    {
        Comparison.Equal => o == 0,
        Comparison.NotEqual => o != 0,
        Comparison.Less => o < 0,
        Comparison.LessOrEqual => o <= 0,
        Comparison.Greater => o > 0,
        _ => o >= 0,
    };

    private static bool Like(string value, string pattern, RegexOptions options) =>
        Regex.IsMatch(value, @"\A" + Regex.Escape(pattern).Replace("%", ".*", StringComparison.Ordinal).Replace("_", ".", StringComparison.Ordinal) + @"\z", options | RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
