using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Mlflow;

/// <summary>Models and versions as MLflow writes them.</summary>
internal static class ModelReply
{
    /// <summary><c>{"registered_model": ..}</c></summary>
    public static async Task<MlflowReply> ModelAsync(IReadSession session, ModelRow row)
    {
        var aliases = await RegistryStore.AliasesAsync(session, row.Namespace, row.Name);
        var latest = await RegistryStore.LatestAsync(session, row.Namespace, [row.Name]);
        return MlflowReply.Object(writer =>
        {
            writer.WritePropertyName("registered_model");
            Write(writer, row, aliases, latest);
        });
    }

    /// <summary><c>{"model_version": ..}</c> with the aliases that point at it.</summary>
    public static async Task<MlflowReply> VersionAsync(IReadSession session, VersionRow row)
    {
        var aliases = await RegistryStore.AliasesAsync(session, row.Namespace, row.Model);
        return MlflowReply.Object(writer =>
        {
            writer.WritePropertyName("model_version");
            Write(writer, row, aliases);
        });
    }

    public static void Write(Utf8JsonWriter writer, ModelRow row, IEnumerable<AliasAssignment> aliases, IEnumerable<VersionRow> latest)
    {
        writer.WriteStartObject();
        writer.WriteString("name", row.Name);
        writer.WriteNumber("creation_timestamp", row.Created.ToUnixTimeMilliseconds());
        writer.WriteNumber("last_updated_timestamp", row.Updated.ToUnixTimeMilliseconds());
        writer.WriteSet("description", row.Description);
        WriteAll(writer, "latest_versions", latest, version => Write(writer, version, []));
        writer.WritePairs("tags", row.TagMap);
        WriteAll(writer, "aliases", aliases, alias =>
        {
            writer.WriteStartObject();
            writer.WriteString("alias", alias.Alias);
            writer.WriteString("version", alias.Version!.Value.ToString(CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        });
        writer.WriteSet("deployment_job_id", row.DeploymentJob);
        writer.WriteEndObject();
    }

    /// <param name="aliases">Of the model; those of other versions are left out.</param>
    public static void Write(Utf8JsonWriter writer, VersionRow row, IEnumerable<AliasAssignment> aliases)
    {
        writer.WriteStartObject();
        writer.WriteString("name", row.Model);
        writer.WriteString("version", row.Version.ToString(CultureInfo.InvariantCulture));
        writer.WriteNumber("creation_timestamp", row.Created.ToUnixTimeMilliseconds());
        writer.WriteNumber("last_updated_timestamp", row.Changed.ToUnixTimeMilliseconds());
        writer.WriteSet("user_id", row.Author);
        writer.WriteString("current_stage", row.Stage);

        // Clients tell "" from "never said", and MLflow's server always says these.
        writer.WriteString("description", row.Description);
        writer.WriteString("source", SourceOf(row));
        writer.WriteString("run_id", row.RunId);
        writer.WriteString("status", row.Status);
        writer.WriteSet("status_message", row.StatusMessage);
        writer.WritePairs("tags", row.TagMap);
        writer.WriteString("run_link", row.RunLink);
        WriteAll(writer, "aliases", aliases.Where(a => a.Version == row.Version), alias => writer.WriteStringValue(alias.Alias));
        writer.WriteSet("model_id", row.ModelId);
        writer.WriteEndObject();
    }

    public static string SourceOf(VersionRow row) => row.IsOurs ? ModelSources.Ours(row.Model, row.Number) : row.Source;

    /// <summary>Where a client downloads the files from.</summary>
    public static string StorageOf(VersionRow row) => row.IsOurs ? SourceOf(row) : row.Storage.Length > 0 ? row.Storage : row.Source;

    /// <summary>An array, left out when there is nothing in it.</summary>
    public static void WriteAll<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write)
    {
        var any = false;
        foreach (var item in items)
        {
            if (!any)
            {
                writer.WriteStartArray(name);
                any = true;
            }

            write(item);
        }

        if (any)
        {
            writer.WriteEndArray();
        }
    }
}
