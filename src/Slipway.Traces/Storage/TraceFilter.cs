using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

internal enum TraceEntity
{
    Number,
    Text,
    Tag,
    Metadata,
    Prompt,

    /// <summary>A column of a span: name, type, status or content.</summary>
    Span,
    SpanAttribute,
    Feedback,
    Expectation,
    Issue,
}

/// <summary>What the keys of a trace filter mean, and which comparisons each takes, with MLflow's messages.</summary>
internal static class TraceFilter
{
    private static readonly string[] Numbers = ["timestamp", "timestamp_ms", "execution_time", "execution_time_ms", "end_time", "end_time_ms"];
    private static readonly string[] Texts = ["request_id", "status", "client_request_id"];
    private static readonly string[] Keys = [.. Numbers, .. Texts, "name", "run_id", "prompt", "text"];
    private static readonly string[] OrderKeys = [.. Numbers, "status", "request_id", "experiment_id", "name", "run_id"];
    private static readonly string[] Entities = ["attribute", "attributes", "trace", "tag", "tags", "metadata", "request_metadata", "span", "feedback", "expectation", "issue"];

    private static readonly Comparison[] Ordering = [Comparison.Equal, Comparison.NotEqual, Comparison.Less, Comparison.LessOrEqual, Comparison.Greater, Comparison.GreaterOrEqual];
    private static readonly Comparison[] Patterns = [Comparison.Equal, Comparison.NotEqual, Comparison.Like, Comparison.ILike, Comparison.RLike];
    private static readonly Comparison[] PatternsAndLists = [.. Patterns, Comparison.In, Comparison.NotIn];
    private static readonly Comparison[] PatternsAndNull = [.. Patterns, Comparison.IsNull, Comparison.IsNotNull];

    /// <summary>The filter, if every clause of it means something.</summary>
    public static Result<SearchNode?> Parse(string? filter)
    {
        if (!SearchFilter.Parse(filter).TryGet(out var node, out var problem))
        {
            return problem;
        }

        return SearchFilter.ClausesOf(node).Select(Check).FirstOrDefault(fault => fault is not null) is { } bad ? bad : Result.From(node);
    }

    public static Result<IReadOnlyList<OrderTerm>> ParseOrder(IReadOnlyList<string> terms)
    {
        if (!SearchOrder.Parse(terms).TryGet(out var order, out var problem))
        {
            return problem;
        }

        foreach (var key in order.Select(o => o.Key))
        {
            if (key.Entity is "tag" or "tags" or "metadata" or "request_metadata")
            {
                continue;
            }

            if (key.Entity is not (null or "attribute" or "attributes" or "trace"))
            {
                return Entities.Contains(key.Entity) ? Problem.Invalid($"Invalid order_by entity `{key.Entity}` with key `{key.Name}`") : UnknownEntity(key.Entity);
            }

            if (!OrderKeys.Contains(key.Name))
            {
                return UnknownKey(key.Name, OrderKeys);
            }
        }

        return Result.From(order);
    }

    /// <summary>What a checked key means.</summary>
    public static (TraceEntity Entity, string Name) FieldOf(SearchKey key) => key.Entity switch
    {
        "tag" or "tags" => (TraceEntity.Tag, key.Name),
        "metadata" or "request_metadata" => (TraceEntity.Metadata, key.Name),
        "span" when key.Name.StartsWith("attributes.", StringComparison.Ordinal) => (TraceEntity.SpanAttribute, key.Name["attributes.".Length..].Trim('`', '"')),
        "span" => (TraceEntity.Span, key.Name),
        "feedback" => (TraceEntity.Feedback, key.Name),
        "expectation" => (TraceEntity.Expectation, key.Name),
        "issue" => (TraceEntity.Issue, key.Name),
        _ => key.Name switch
        {
            "name" => (TraceEntity.Tag, TraceKeys.NameTag),
            "run_id" => (TraceEntity.Metadata, TraceKeys.SourceRun),
            "prompt" => (TraceEntity.Prompt, key.Name),
            "text" => (TraceEntity.Span, "content"),
            _ => (Numbers.Contains(key.Name) ? TraceEntity.Number : TraceEntity.Text, key.Name),
        },
    };

    private static Problem? Check(SearchClause clause)
    {
        var key = clause.Key;
        if (key.Entity is { } entity && !Entities.Contains(entity))
        {
            return UnknownEntity(entity);
        }

        if (key.Entity is null or "attribute" or "attributes" or "trace" && !Keys.Contains(key.Name))
        {
            return UnknownKey(key.Name, Keys);
        }

        var (field, name) = FieldOf(key);
        return field switch
        {
            TraceEntity.Number => CheckNumber(clause),
            TraceEntity.Text => CheckText(clause, PatternsAndLists, Symbols(clause.Comparison)),
            TraceEntity.Tag => CheckText(clause, Patterns, Symbols(clause.Comparison)),
            TraceEntity.Metadata => CheckText(clause, PatternsAndNull, Symbols(clause.Comparison)),
            TraceEntity.Prompt => CheckPrompt(clause),
            TraceEntity.Span => CheckSpan(clause, name),
            TraceEntity.SpanAttribute when name.Length == 0 => Problem.Invalid("Span attribute name cannot be empty after 'attributes.'"),
            TraceEntity.SpanAttribute => CheckText(clause, PatternsAndLists, null, $"span.{key.Name}"),
            TraceEntity.Issue => name == "id" ? CheckText(clause, [Comparison.Equal, Comparison.In], null, "issue.id") : Problem.Invalid($"Invalid issue attribute '{name}'. Supported attributes: id."),
            _ => name.Length == 0 ? Problem.Invalid("Assessment field name cannot be empty") : CheckText(clause, [.. PatternsAndNull, Comparison.In, Comparison.NotIn], null, $"assessment.{name}"),
        };
    }

    private static Problem? CheckNumber(SearchClause clause)
    {
        if (!Ordering.Contains(clause.Comparison))
        {
            return Refused(Symbols(clause.Comparison), Ordering, null);
        }

        return clause.Value.Kind == SearchValueKind.Number ? null : Problem.Invalid($"Expected numeric value type for numeric attribute: {clause.Key.Name}. Found {clause.Value.Written}");
    }

    private static Problem? CheckText(SearchClause clause, Comparison[] allowed, string? symbol, string? field = null)
    {
        if (!allowed.Contains(clause.Comparison))
        {
            return Refused(symbol ?? Symbols(clause.Comparison), allowed, field);
        }

        return clause.Value.Kind is SearchValueKind.Text or SearchValueKind.List or SearchValueKind.None
            ? null
            : Problem.Invalid($"Expected a quoted string value for {clause.Key.Entity ?? "attribute"} (e.g. 'my-value'). Got value {clause.Value.Written}");
    }

    private static Problem? CheckSpan(SearchClause clause, string name) => name switch
    {
        "content" => CheckText(clause, [Comparison.Like, Comparison.ILike], null, "span.content"),
        "name" or "type" or "status" => CheckText(clause, PatternsAndLists, null, $"span.{name}"),
        _ => Problem.Invalid($"Invalid span attribute '{name}'. Supported attributes: name, status, type, attributes.<attribute_name>."),
    };

    private static Problem? CheckPrompt(SearchClause clause)
    {
        const string Format = "prompt = \"name/version\"";
        if (clause.Comparison != Comparison.Equal)
        {
            return Problem.Invalid($"Invalid comparator '{Symbols(clause.Comparison)}' for prompts filter. Only '=' is supported with format: {Format}");
        }

        return clause.Value.Text.Count(c => c == '/') == 1 ? null : Problem.Invalid($"Invalid prompts filter value '{clause.Value.Text}'. Expected format: {Format}");
    }

    private static Problem Refused(string symbol, Comparison[] allowed, string? field) => Problem.Invalid(
        $"{(field is null ? "Invalid " : field + " ")}comparator '{symbol}' not one of '{{{string.Join(", ", allowed.Select(a => $"'{Symbols(a)}'"))}}}'");

    private static Problem UnknownEntity(string entity) =>
        Problem.Invalid($"Invalid entity type '{entity}'. Valid values are {{{string.Join(", ", Entities.Select(e => $"'{e}'"))}}}");

    private static Problem UnknownKey(string key, string[] valid) =>
        Problem.Invalid($"Invalid attribute key '{key}' specified. Valid keys are '{{{string.Join(", ", valid.Select(v => $"'{v}'"))}}}'");

    private static string Symbols(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "=",
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        Comparison.Like => "LIKE",
        Comparison.ILike => "ILIKE",
        Comparison.RLike => "RLIKE",
        Comparison.In => "IN",
        Comparison.NotIn => "NOT IN",
        Comparison.IsNull => "IS NULL",
        _ => "IS NOT NULL",
    };
}
