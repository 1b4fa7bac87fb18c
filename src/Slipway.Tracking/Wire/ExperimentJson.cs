using System.Text.Json;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Wire;

internal static class ExperimentJson
{
    /// <summary>MLflow's <c>Experiment</c>; times in milliseconds.</summary>
    public static void WriteExperiment(this Utf8JsonWriter writer, ExperimentRow experiment, IEnumerable<KeyValuePair<string, string>> tags)
    {
        writer.WriteStartObject();
        writer.WriteString("experiment_id", experiment.Id);
        writer.WriteString("name", experiment.Name);
        writer.WriteString("artifact_location", experiment.ArtifactLocation);
        writer.WriteString("lifecycle_stage", experiment.Lifecycle);
        writer.WriteNumber("last_update_time", experiment.Updated / 1000);
        writer.WriteNumber("creation_time", experiment.Created / 1000);
        writer.WritePairs("tags", tags);
        writer.WriteEndObject();
    }
}
