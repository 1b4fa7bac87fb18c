using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Wire;

/// <summary>Reads metrics, parameters and tags out of requests, with MLflow's rules and words. Faults stay with the fields.</summary>
internal static class LogFields
{
    private const int LongestParameter = 6000;
    private const int LongestTag = 8000;

    // Beyond that, microseconds do not fit 64 bits: the year 294,000.
    private const long MostMilliseconds = 9_000_000_000_000_000;

    /// <summary>A time of the request, which is in milliseconds, as microseconds; null when absent.</summary>
    public static long? Micros(this MlflowFields fields, string field)
    {
        if (fields.Int64(field) is not { } milliseconds)
        {
            return null;
        }

        if (Math.Abs(milliseconds) > MostMilliseconds)
        {
            fields.RejectValue(field, milliseconds.ToString(CultureInfo.InvariantCulture), " It is too far from 1970 to be a time in milliseconds.");
            return null;
        }

        return milliseconds * 1000;
    }

    /// <param name="index">Where it stands in a batch; -1 for one alone.</param>
    /// <param name="known">A key that was found to be fine already: most batches have few.</param>
    public static PointRow Metric(MlflowFields fields, int index = -1, string? known = null)
    {
        var key = fields.Required("key");
        var value = fields.Double("value");
        var time = fields.Micros("timestamp");
        var step = fields.Int64("step") ?? 0;
        if (value is null)
        {
            fields.RejectMissing("value");
        }

        if (time is null)
        {
            fields.RejectMissing("timestamp");
        }

        if (fields.Problem is not null)
        {
            return default;
        }

        if (key != known && (MlflowNames.Key(key, Within("metrics", index, "name")) ?? MlflowNames.Length("Metric name", MlflowNames.LongestKey, key)) is { } bad)
        {
            fields.Reject(bad);
        }
        else if (time < 0)
        {
            fields.Reject(Problem.Invalid(string.Create(
                CultureInfo.InvariantCulture,
                $"Invalid value {time / 1000} for parameter '{Within("metrics", index, "timestamp")}' supplied: metric '{key}' (value={value}). Timestamp must be a nonnegative long (64-bit integer) ")));
        }

        return PointRow.Of(key, value!.Value, step, time!.Value);
    }

    /// <summary>The model that a metric was measured for, if any.</summary>
    public static (string ModelId, ModelMetricRow Metric)? ModelMetric(MlflowFields fields, PointRow point, string runId) =>
        fields.Text("model_id") is { Length: > 0 } model
            ? (model, new ModelMetricRow(point, runId, fields.Text("dataset_name") ?? "", fields.Text("dataset_digest") ?? ""))
            : null;

    public static KeyValuePair<string, string> Parameter(MlflowFields fields, string path)
    {
        var (key, value) = (fields.Required("key"), fields.Text("value") ?? "");
        var within = path.Length == 0 ? "" : path + ".";
        if (fields.Problem is null && (MlflowNames.Key(key, within + "key") ?? MlflowNames.Length("Param key", MlflowNames.LongestKey, key)) is { } bad)
        {
            fields.Reject(bad);
        }

        return new(key, MlflowNames.Cut(value, LongestParameter));
    }

    public static KeyValuePair<string, string> Tag(MlflowFields fields, string path)
    {
        var (key, value) = (fields.Required("key"), fields.Text("value") ?? "");
        var within = path.Length == 0 ? "" : path + ".";
        if (fields.Problem is null && (MlflowNames.Key(key, within + "key") ?? MlflowNames.Length(within + "key", MlflowNames.LongestKey, key)) is { } bad)
        {
            fields.Reject(bad);
        }

        return new(key, MlflowNames.Cut(value, LongestTag));
    }

    /// <summary>The whole of a log-batch request.</summary>
    public static LogEntry Batch(MlflowFields fields, string runId)
    {
        var (metrics, parameters, tags) = (fields.Objects("metrics"), fields.Objects("params"), fields.Objects("tags"));
        CheckLimit(fields, "metrics", 1000, metrics.Count);
        CheckLimit(fields, "params", 100, parameters.Count);
        CheckLimit(fields, "tags", 100, tags.Count);
        CheckLimit(fields, "metrics, params, and tags", 1000, metrics.Count + parameters.Count + tags.Count);
        if (fields.Problem is not null)
        {
            return new LogEntry();
        }

        var (points, measured) = (new PointRow[metrics.Count], new List<(string, ModelMetricRow)>());
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = Metric(metrics[i], i, i == 0 ? null : points[i - 1].Key);
            if (ModelMetric(metrics[i], points[i], runId) is { } model)
            {
                measured.Add(model);
            }
        }

        var entry = new LogEntry
        {
            Points = points,
            ModelPoints = measured,
            Parameters = [.. parameters.Select((p, i) => Parameter(p, string.Create(CultureInfo.InvariantCulture, $"params[{i}]")))],
            Tags = [.. tags.Select((t, i) => Tag(t, string.Create(CultureInfo.InvariantCulture, $"tags[{i}]")))],
        };
        var twice = entry.Parameters.GroupBy(p => p.Key).Where(g => g.Count() > 1).Select(g => $"'{g.Key}'").ToArray();
        if (twice.Length > 0)
        {
            fields.Reject(Problem.Invalid(
                $"Duplicate parameter keys have been submitted: [{string.Join(", ", twice)}]. Please ensure the request contains only one param value per param key."));
        }

        return entry;
    }

    private static string Within(string list, int index, string field) =>
        index < 0 ? field : string.Create(CultureInfo.InvariantCulture, $"{list}[{index}].{field}");

    private static void CheckLimit(MlflowFields fields, string what, int most, int count)
    {
        if (count > most)
        {
            fields.Reject(Problem.Invalid(
                $"A batch logging request can contain at most {most} {what}. Got {count} {what}. Please split up {what} across multiple requests and try again."));
        }
    }
}
