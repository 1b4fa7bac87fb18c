using System.Text.Json;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Wire;

/// <summary>MLflow's <c>LoggedModel</c>; times in milliseconds.</summary>
internal static class ModelJson
{
    public static MlflowReply Reply(ModelRow model, ModelParts parts) => MlflowReply.Object(writer =>
    {
        writer.WritePropertyName("model");
        writer.WriteModel(model, parts);
    });

    public static void WriteModel(this Utf8JsonWriter writer, ModelRow model, ModelParts parts)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("info");
        writer.WriteString("model_id", model.Id);
        writer.WriteString("experiment_id", model.ExperimentId);
        writer.WriteString("name", model.Name);
        writer.WriteNumber("creation_timestamp_ms", model.Created / 1000);
        writer.WriteNumber("last_updated_timestamp_ms", model.Updated / 1000);
        writer.WriteString("artifact_uri", model.ArtifactUri);
        writer.WriteString("status", model.Status);
        writer.WriteSet("model_type", model.ModelType);
        writer.WriteSet("source_run_id", model.SourceRunId);
        writer.WriteSet("status_message", model.StatusMessage);
        writer.WritePairs("tags", parts.Tags[model.Number]);
        writer.WriteEndObject();
        writer.WriteStartObject("data");
        writer.WritePairs("params", parts.Params[model.Number]);
        if (parts.Metrics.Contains(model.Number))
        {
            writer.WriteStartArray("metrics");
            foreach (var metric in parts.Metrics[model.Number])
            {
                WriteMetric(writer, model.Id, metric);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteMetric(Utf8JsonWriter writer, string modelId, ModelMetricRow metric)
    {
        writer.WriteStartObject();
        writer.WriteString("key", metric.Point.Key);
        writer.WriteDouble("value", metric.Point.Shown);
        writer.WriteNumber("timestamp", metric.Point.Time / 1000);
        writer.WriteNumber("step", metric.Point.Step);
        writer.WriteSet("dataset_name", metric.DatasetName);
        writer.WriteSet("dataset_digest", metric.DatasetDigest);
        writer.WriteString("model_id", modelId);
        writer.WriteSet("run_id", metric.RunId);
        writer.WriteEndObject();
    }
}
