using System.Text.Json.Nodes;
using Slipway.Platform.Database;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

internal static class AssessmentStore
{
    private const string Columns =
        "id, trace_id, name, kind, value, error, created, updated, source_type, source_id, span_id, rationale, overrides, valid, metadata";

    private const string Put =
        """
        INSERT INTO traces_assessments
            (namespace, id, trace_id, name, kind, value, value_text, error, created, updated, source_type, source_id, span_id, rationale, overrides, valid, metadata, position)
        VALUES (@ns, @Id, @TraceId, @Name, @Kind, @Value, @text, @Error, @Created, @Updated, @SourceType, @SourceId, @SpanId, @Rationale, @Overrides, @Valid, @Metadata,
            (SELECT COALESCE(MAX(position), 0) + 1 FROM traces_assessments WHERE namespace = @ns AND trace_id = @TraceId))
        ON CONFLICT (namespace, trace_id, id) DO UPDATE SET
            name = excluded.name, value = excluded.value, value_text = excluded.value_text, error = excluded.error, updated = excluded.updated,
            rationale = excluded.rationale, valid = excluded.valid, metadata = excluded.metadata
        """;

    private const string SelectOne = $"SELECT {Columns} FROM traces_assessments WHERE namespace = @ns AND trace_id = @traceId AND id = @id";

    private const string SelectOfTraces =
        $"SELECT {Columns} FROM traces_assessments WHERE namespace = @ns AND trace_id IN @ids ORDER BY created, position, id";

    private const string SetValid = "UPDATE traces_assessments SET valid = @valid WHERE namespace = @ns AND trace_id = @traceId AND id = @id";

    private const string Delete = "DELETE FROM traces_assessments WHERE namespace = @ns AND trace_id = @traceId AND id = @id";

    public static Task PutAsync(IWriteSession session, string ns, Assessment a) => session.ExecuteAsync(
        Put,
        new
        {
            ns, a.Id, a.TraceId, a.Name, a.Kind, a.Value, text = Searched(a.Value), a.Error, a.Created, a.Updated, a.SourceType, a.SourceId, a.SpanId, a.Rationale,
            a.Overrides, a.Valid, a.Metadata,
        });

    public static Task<Assessment?> FindAsync(IReadSession session, string ns, string traceId, string id) =>
        session.QuerySingleOrDefaultAsync<Assessment>(SelectOne, new { ns, traceId, id });

    public static Task<IReadOnlyList<Assessment>> OfTracesAsync(IReadSession session, string ns, IReadOnlyList<string> ids) =>
        session.QueryAsync<Assessment>(SelectOfTraces, new { ns, ids = ids.ToArray() });

    /// <summary>False when there is no such assessment.</summary>
    public static async Task<bool> SetValidAsync(IWriteSession session, string ns, string traceId, string id, bool valid) =>
        await session.ExecuteAsync(SetValid, new { ns, traceId, id, valid }) > 0;

    public static Task DeleteAsync(IWriteSession session, string ns, string traceId, string id) => session.ExecuteAsync(Delete, new { ns, traceId, id });

    // "yes" is searched as yes and 5.0 as 5: protocol buffers know no integers here.
    private static string Searched(string json) => JsonText.Parse(json) switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<double>(out var number) => JsonText.Plain(number),
        _ => json,
    };
}
