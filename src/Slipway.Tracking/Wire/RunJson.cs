using System.Text.Json;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Wire;

/// <summary>Everything that hangs on some runs, read at one moment; by the runs' numbers.</summary>
internal sealed record RunParts(ILookup<long, PointRow> Metrics, RunValues Values, RunDatasets Datasets)
{
    /// <summary>Of a run that has only just come about.</summary>
    public static RunParts OfNew(RunRow run, IEnumerable<KeyValuePair<string, string>> tags) => new(
        Array.Empty<PointRow>().ToLookup(_ => 0L),
        new RunValues(
            Array.Empty<KeyValuePair<string, string>>().ToLookup(_ => 0L), tags.ToLookup(_ => run.Number), Array.Empty<string>().ToLookup(_ => 0L),
            Array.Empty<ModelOutputRow>().ToLookup(_ => 0L), false),
        RunDatasets.None);

    public static async Task<RunParts> ReadAsync(IReadSession session, IReadOnlyList<RunRow> runs)
    {
        var numbers = runs.Select(r => r.Number).ToArray();
        var values = await ValueStore.AllAsync(session, numbers);
        return new RunParts(
            await MetricStore.LatestAsync(session, numbers), values, values.AnyDatasets ? await InputStore.DatasetsAsync(session, numbers) : RunDatasets.None);
    }
}

/// <summary>MLflow's <c>Run</c> and its parts; times in milliseconds.</summary>
internal static class RunJson
{
    public static void WriteRun(this Utf8JsonWriter writer, RunRow run, RunParts parts)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("info");
        writer.WriteRunInfo(run);
        writer.WriteStartObject("data");
        WriteMetrics(writer, parts.Metrics[run.Number]);
        writer.WritePairs("params", parts.Values.Params[run.Number]);
        writer.WritePairs("tags", parts.Values.Tags[run.Number]);
        writer.WriteEndObject();
        WriteInputs(writer, run.Number, parts);
        WriteOutputs(writer, parts.Values.ModelOutputs[run.Number]);
        writer.WriteEndObject();
    }

    public static void WriteRunInfo(this Utf8JsonWriter writer, RunRow run)
    {
        writer.WriteStartObject();
        writer.WriteString("run_id", run.Id);
        writer.WriteString("run_uuid", run.Id);
        writer.WriteString("run_name", run.Name);
        writer.WriteString("experiment_id", run.ExperimentId);
        writer.WriteString("user_id", run.UserName);
        writer.WriteString("status", run.Status);
        writer.WriteNumber("start_time", run.Started / 1000);
        writer.WriteSet("end_time", run.Finished / 1000);
        writer.WriteString("artifact_uri", run.ArtifactUri);
        writer.WriteString("lifecycle_stage", run.Lifecycle);
        writer.WriteEndObject();
    }

    public static void WriteMetric(this Utf8JsonWriter writer, string key, PointRow point, string? runId = null)
    {
        writer.WriteStartObject();
        writer.WriteString("key", key);
        writer.WriteDouble("value", point.Shown);
        writer.WriteNumber("timestamp", point.Time / 1000);
        writer.WriteNumber("step", point.Step);
        writer.WriteSet("run_id", runId);
        writer.WriteEndObject();
    }

    private static void WriteMetrics(Utf8JsonWriter writer, IEnumerable<PointRow> metrics)
    {
        writer.WriteStartArray("metrics");
        foreach (var metric in metrics)
        {
            writer.WriteMetric(metric.Key, metric);
        }

        writer.WriteEndArray();
    }

    private static void WriteInputs(Utf8JsonWriter writer, long run, RunParts parts)
    {
        writer.WriteStartObject("inputs");
        if (parts.Datasets.Datasets.Contains(run))
        {
            writer.WriteStartArray("dataset_inputs");
            foreach (var dataset in parts.Datasets.Datasets[run])
            {
                writer.WriteStartObject();
                writer.WritePairs("tags", parts.Datasets.Tags[(run, dataset.Number)]);
                writer.WriteStartObject("dataset");
                writer.WriteString("name", dataset.Name);
                writer.WriteString("digest", dataset.Digest);
                writer.WriteString("source_type", dataset.SourceType);
                writer.WriteString("source", dataset.Source);
                writer.WriteSet("schema", dataset.Schema);
                writer.WriteSet("profile", dataset.Profile);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (parts.Values.ModelInputs.Contains(run))
        {
            writer.WriteStartArray("model_inputs");
            foreach (var model in parts.Values.ModelInputs[run])
            {
                writer.WriteStartObject();
                writer.WriteString("model_id", model);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteOutputs(Utf8JsonWriter writer, IEnumerable<ModelOutputRow> outputs)
    {
        var any = false;
        writer.WriteStartObject("outputs");
        foreach (var output in outputs)
        {
            if (!any)
            {
                writer.WriteStartArray("model_outputs");
                any = true;
            }

            writer.WriteStartObject();
            writer.WriteString("model_id", output.ModelId);
            writer.WriteNumber("step", output.Step);
            writer.WriteEndObject();
        }

        if (any)
        {
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
