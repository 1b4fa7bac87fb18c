using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Wire;

/// <summary>Reads a trace's info from a request; faults stay with the fields.</summary>
internal static class TraceReading
{
    private const int LongestKey = 250;
    private const int LongestId = 250;

    public static TraceInfo ReadInfo(MlflowFields info, long now)
    {
        var (id, traceMetadata) = (info.Required("trace_id"), info.Map("trace_metadata"));
        if (id.Length > LongestId)
        {
            info.RejectValue("trace_id", "(text)", $" It has {id.Length} characters; at most {LongestId} are kept.");
        }

        var location = info.Object("trace_location");
        var experiment = location?.Object("mlflow_experiment")?.Text("experiment_id");
        if (location is not null && experiment is null)
        {
            location.RejectMissing("mlflow_experiment.experiment_id");
        }

        return new TraceInfo
        {
            Id = id,
            ExperimentId = string.IsNullOrEmpty(experiment) ? "0" : experiment,
            ClientRequestId = info.Text("client_request_id"),
            RequestTime = Time(info, "request_time") ?? now,
            Duration = Duration(info),
            State = info.Choice("state", TraceKeys.States, first: 0) ?? TraceKeys.Unspecified,
            RequestPreview = info.Text("request_preview"),
            ResponsePreview = info.Text("response_preview"),
            Metadata = new Dictionary<string, string>(Checked(info, "trace_metadata", traceMetadata), StringComparer.Ordinal) { [TraceKeys.Finalized] = "true" },
            Tags = Checked(info, "tags", info.Map("tags")),
            UsageGiven = true,
            Assessments = [.. info.Objects("assessments").Select(a => AssessmentWire.Read(a, id, now))],
        };
    }

    /// <summary>A time as text; null when absent.</summary>
    public static long? Time(MlflowFields fields, string name)
    {
        if (fields.Text(name) is not { } text)
        {
            return null;
        }

        if (ProtoTimes.TryReadTime(text, out var time))
        {
            return time;
        }

        fields.RejectValue(name, "(text)", " It is no time such as 2025-04-15T08:49:18.699Z.");
        return null;
    }

    private static long? Duration(MlflowFields info)
    {
        if (info.Text("execution_duration") is not { } text)
        {
            return null;
        }

        if (ProtoTimes.TryReadDuration(text, out var duration))
        {
            return duration;
        }

        info.RejectValue("execution_duration", "(text)", " It is no duration such as 1.5s.");
        return null;
    }

    private static IReadOnlyDictionary<string, string> Checked(MlflowFields info, string name, IReadOnlyDictionary<string, string> map)
    {
        if (map.Keys.FirstOrDefault(k => k.Length is 0 or > LongestKey || k.Contains('\0', StringComparison.Ordinal)) is { } bad)
        {
            info.RejectValue(name, "(map)", bad.Length > LongestKey ? $" A key has {bad.Length} characters; at most {LongestKey} are kept." : " A key is empty or no text.");
        }

        return map;
    }
}
