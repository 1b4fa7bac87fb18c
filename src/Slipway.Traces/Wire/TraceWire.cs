using System.Text.Json;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Wire;

/// <summary>Traces in MLflow's JSON.</summary>
internal static class TraceWire
{
    /// <summary>The members of <c>trace_info</c> (version 3).</summary>
    public static void WriteInfo(Utf8JsonWriter writer, TraceInfo info)
    {
        writer.WriteString("trace_id", info.Id);
        WriteIfThere(writer, "client_request_id", info.ClientRequestId);
        writer.WriteStartObject("trace_location");
        writer.WriteString("type", "MLFLOW_EXPERIMENT");
        writer.WriteStartObject("mlflow_experiment");
        writer.WriteString("experiment_id", info.ExperimentId);
        writer.WriteEndObject();
        writer.WriteEndObject();
        WriteIfThere(writer, "request_preview", info.RequestPreview);
        WriteIfThere(writer, "response_preview", info.ResponsePreview);
        writer.WriteString("request_time", ProtoTimes.Time(info.RequestTime));
        if (info.Duration is { } duration)
        {
            writer.WriteString("execution_duration", ProtoTimes.Duration(duration));
        }

        writer.WriteString("state", info.State);
        WriteMap(writer, "trace_metadata", info.Metadata);
        if (info.Assessments.Count > 0)
        {
            writer.WriteStartArray("assessments");
            foreach (var assessment in info.Assessments)
            {
                writer.WriteStartObject();
                AssessmentWire.Write(writer, assessment);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        WriteMap(writer, "tags", info.Tags);
    }

    /// <summary>The members of <c>trace_info</c> as MLflow 2 had it.</summary>
    public static void WriteInfoV2(Utf8JsonWriter writer, TraceInfo info)
    {
        writer.WriteString("request_id", info.Id);
        writer.WriteString("experiment_id", info.ExperimentId);
        writer.WriteNumber("timestamp_ms", info.RequestTime);
        writer.WriteSet("execution_time_ms", info.Duration);
        writer.WriteString("status", info.State == TraceKeys.Unspecified ? "TRACE_STATUS_UNSPECIFIED" : info.State);
        writer.WritePairs("request_metadata", info.Metadata);
        writer.WritePairs("tags", info.Tags);
    }

    /// <summary>A whole trace; <paramref name="spans"/> null leaves them out.</summary>
    public static void WriteTrace(Utf8JsonWriter writer, TraceInfo info, IEnumerable<string>? spans)
    {
        writer.WriteStartObject("trace_info");
        WriteInfo(writer, info);
        writer.WriteEndObject();
        if (spans is null)
        {
            return;
        }

        writer.WriteStartArray("spans");
        foreach (var content in spans)
        {
            SpanContent.Write(writer, content);
        }

        writer.WriteEndArray();
    }

    // An empty text was set on purpose; protocol buffers tell it from one that was not.
    public static void WriteIfThere(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> map)
    {
        if (map.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }
}
