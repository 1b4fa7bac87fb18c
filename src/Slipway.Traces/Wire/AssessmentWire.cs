using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Wire;

/// <summary>Assessments in MLflow's JSON: simple values as they are, lists and objects of an expectation as serialised JSON.</summary>
internal static class AssessmentWire
{
    private const string JsonFormat = "JSON_FORMAT";
    private const int LongestName = 250;

    private static readonly string[] SourceTypes = ["SOURCE_TYPE_UNSPECIFIED", "HUMAN", "LLM_JUDGE", "CODE"];

    public static Assessment Read(MlflowFields fields, string traceId, long now)
    {
        var (feedback, expectation, issue) = (fields.Object("feedback"), fields.Object("expectation"), fields.Object("issue"));
        var (kind, value, error) = feedback is not null ? (TraceKeys.Feedback, Json(feedback, "value") ?? "null", Error(feedback))
            : expectation is not null ? (TraceKeys.Expectation, Expected(expectation), null)
            : issue is not null ? (TraceKeys.Issue, JsonText.OfText(issue.Text("issue_name") ?? ""), null)
            : ("", "null", null);
        if (kind.Length == 0)
        {
            fields.Reject(Slipway.Kernel.Problems.Problem.Invalid("Assessment must have either feedback or expectation value"));
        }

        var name = fields.Required("assessment_name");
        if (name.Length > LongestName)
        {
            fields.RejectValue("assessment_name", "(text)", $" It has {name.Length} characters; at most {LongestName} are kept.");
        }

        var source = fields.Object("source");
        return new Assessment
        {
            Id = fields.Text("assessment_id") ?? "",
            TraceId = traceId,
            Name = name,
            Kind = kind,
            Value = value,
            Error = error,
            Created = TraceReading.Time(fields, "create_time") ?? now,
            Updated = TraceReading.Time(fields, "last_update_time") ?? now,
            SourceType = source?.Choice("source_type", SourceTypes, first: 0) ?? "CODE",
            SourceId = source?.Text("source_id") ?? "default",
            SpanId = fields.Text("span_id") is { Length: > 0 } span ? span : null,
            Rationale = fields.Text("rationale") is { Length: > 0 } rationale ? rationale : null,
            Overrides = fields.Text("overrides") is { Length: > 0 } overrides ? overrides : null,
            Valid = fields.Flag("valid") ?? true,
            Metadata = ToJson(fields.Map("metadata")),
        };
    }

    public static string ToJson(IReadOnlyDictionary<string, string> map) =>
        JsonText.Of(new JsonObject(map.Select(m => new KeyValuePair<string, JsonNode?>(m.Key, m.Value))));

    public static void Write(Utf8JsonWriter writer, Assessment a)
    {
        writer.WriteString("assessment_id", a.Id);
        writer.WriteString("assessment_name", a.Name);
        writer.WriteString("trace_id", a.TraceId);
        TraceWire.WriteIfThere(writer, "span_id", a.SpanId);
        writer.WriteStartObject("source");
        writer.WriteString("source_type", a.SourceType);
        writer.WriteString("source_id", a.SourceId);
        writer.WriteEndObject();
        writer.WriteString("create_time", ProtoTimes.Time(a.Created));
        writer.WriteString("last_update_time", ProtoTimes.Time(a.Updated));
        WriteValue(writer, a);
        TraceWire.WriteIfThere(writer, "rationale", a.Rationale);
        if (a.Metadata != "{}")
        {
            writer.WritePropertyName("metadata");
            writer.WriteRawValue(a.Metadata, skipInputValidation: true);
        }

        TraceWire.WriteIfThere(writer, "overrides", a.Overrides);
        writer.WriteBoolean("valid", a.Valid);
    }

    private static void WriteValue(Utf8JsonWriter writer, Assessment a)
    {
        switch (a.Kind)
        {
            case TraceKeys.Feedback:
                writer.WriteStartObject("feedback");
                writer.WritePropertyName("value");
                writer.WriteRawValue(a.Value, skipInputValidation: true);
                if (a.Error is not null)
                {
                    writer.WritePropertyName("error");
                    writer.WriteRawValue(a.Error, skipInputValidation: true);
                }

                writer.WriteEndObject();
                break;
            case TraceKeys.Expectation when a.Value.Length > 0 && a.Value[0] is '{' or '[':
                writer.WriteStartObject("expectation");
                writer.WriteStartObject("serialized_value");
                writer.WriteString("serialization_format", JsonFormat);
                writer.WriteString("value", a.Value);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            case TraceKeys.Expectation:
                writer.WriteStartObject("expectation");
                writer.WritePropertyName("value");
                writer.WriteRawValue(a.Value, skipInputValidation: true);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteStartObject("issue");
                writer.WritePropertyName("issue_name");
                writer.WriteRawValue(a.Value, skipInputValidation: true);
                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>The JSON of an expectation's value.</summary>
    public static string Expected(MlflowFields expectation)
    {
        if (expectation.Object("serialized_value") is not { } serialized)
        {
            return Json(expectation, "value") ?? "null";
        }

        var (format, text) = (serialized.Text("serialization_format"), serialized.Text("value") ?? "null");
        if (format is { Length: > 0 } and not JsonFormat)
        {
            expectation.Reject(Slipway.Kernel.Problems.Problem.Invalid($"Unknown serialization format: {format}. Only JSON_FORMAT is supported."));
        }

        if (text != "null" && JsonText.Parse(text) is null)
        {
            serialized.RejectValue("value", "(text)", " It is no JSON.");
        }

        return text;
    }

    /// <summary>The JSON of a feedback's error; null when it has none.</summary>
    public static string? Error(MlflowFields feedback) => Json(feedback, "error");

    /// <summary>A field of any form as JSON of ours; null when absent.</summary>
    public static string? Json(MlflowFields fields, string name)
    {
        if (fields.Json(name) is not { } element)
        {
            return null;
        }

        var text = element.GetRawText();
        if (text.Contains("\\u0000", StringComparison.Ordinal) || JsonText.Parse(text) is not { } node)
        {
            fields.RejectValue(name, "(value)", " It has characters that are no text, or a member twice; take them out.");
            return null;
        }

        return JsonText.Of(node);
    }
}
