using Slipway.Platform.Database;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

/// <summary>A span as it is kept.</summary>
internal sealed record SpanRow(string TraceId, string SpanId, string? ParentId, long Started, string Content);

internal static class SpanStore
{
    /// <summary>As much of an attribute as searches look at.</summary>
    private const int LongestSearched = 4000;

    private const string Put =
        """
        INSERT INTO traces_spans
            (namespace, trace_id, span_id, parent_id, name, type, status, started, ended, content)
        VALUES (@ns, @TraceId, @SpanId, @ParentId, @Name, @type, @Status, @Started, @Ended, @content)
        ON CONFLICT (namespace, trace_id, span_id) DO UPDATE SET
            parent_id = excluded.parent_id, name = excluded.name, type = excluded.type, status = excluded.status, started = excluded.started,
            ended = excluded.ended, content = excluded.content
        """;

    private const string DeleteAttributes = "DELETE FROM traces_span_attributes WHERE namespace = @ns AND trace_id = @TraceId AND span_id = @SpanId";

    private const string AddAttribute =
        """
        INSERT INTO traces_span_attributes (namespace, trace_id, span_id, key, value) VALUES (@ns, @TraceId, @SpanId, @key, @value)
        ON CONFLICT (namespace, trace_id, span_id, key) DO NOTHING
        """;

    // The root first, then by time, as clients draw them.
    private const string SelectOfTraces =
        """
        SELECT trace_id, span_id, parent_id, started, content FROM traces_spans WHERE namespace = @ns AND trace_id IN @ids
        ORDER BY trace_id, CASE WHEN parent_id IS NULL THEN 0 ELSE 1 END, started, span_id
        """;

    private const string DeleteNumbers = "DELETE FROM traces_span_metrics WHERE namespace = @ns AND trace_id = @TraceId AND span_id = @SpanId";

    private const string AddNumber = "INSERT INTO traces_span_metrics (namespace, trace_id, span_id, key, value) VALUES (@ns, @TraceId, @SpanId, @key, @value)";

    private const string SumNumbers = "SELECT key, SUM(value) AS value FROM traces_span_metrics WHERE namespace = @ns AND trace_id = @id GROUP BY key";

    public static async Task PutAsync(IWriteSession session, string ns, Span span, string content)
    {
        await session.ExecuteAsync(Put, new
        {
            ns, span.TraceId, span.SpanId, span.ParentId, span.Name, type = span.Text(TraceKeys.SpanType), span.Status, span.Started, span.Ended, content,
        });
        await session.ExecuteAsync(DeleteNumbers, new { ns, span.TraceId, span.SpanId });
        await session.ExecuteAsync(
            AddNumber,
            SpanNumbers.Read(span.Attribute(TraceKeys.ChatUsage), SpanNumbers.TokenKeys).Concat(SpanNumbers.Read(span.Attribute(TraceKeys.LlmCost), SpanNumbers.CostKeys))
                .Select(n => new { ns, span.TraceId, span.SpanId, key = n.Key, value = n.Value }).ToArray());
        await session.ExecuteAsync(DeleteAttributes, new { ns, span.TraceId, span.SpanId });
        await session.ExecuteAsync(
            AddAttribute, span.Attributes.Select(a => new { ns, span.TraceId, span.SpanId, key = a.Key, value = Searched(a.Value) }).ToArray());
    }

    public static async Task<ILookup<string, SpanRow>> OfTracesAsync(IReadSession session, string ns, IReadOnlyList<string> ids) =>
        (await session.QueryAsync<SpanRow>(SelectOfTraces, new { ns, ids = ids.ToArray() })).ToLookup(s => s.TraceId, StringComparer.Ordinal);

    /// <summary>Token usage and cost summed up over the trace's spans, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> SumsAsync(IReadSession session, string ns, string id) =>
        (await session.QueryAsync<SumRow>(SumNumbers, new { ns, id })).ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal);

    private sealed record SumRow(string Key, double Value);

    // A text is searched as what it says, everything else as its JSON.
    private static string Searched(string json)
    {
        var text = JsonText.Parse(json) is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var said) ? said : json;
        text = text.Replace("\0", "", StringComparison.Ordinal);
        if (text.Length <= LongestSearched)
        {
            return text;
        }

        return char.IsHighSurrogate(text[LongestSearched - 1]) ? text[..(LongestSearched - 1)] : text[..LongestSearched];
    }
}
