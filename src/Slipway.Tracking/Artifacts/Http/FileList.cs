using System.Text.Json;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>Lists of files in MLflow's form.</summary>
internal static class FileList
{
    /// <param name="folder">What paths start with; the root for bare names.</param>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<ArtifactRow> rows, ArtifactPath folder)
    {
        if (rows.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("files");
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("path", folder.IsRoot ? row.Name : $"{folder.Value}/{row.Name}");
            writer.WriteBoolean("is_dir", row.IsFolder);
            writer.WriteSet("file_size", row.IsFolder ? null : row.Bytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
