using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.Pipelines.Domain;

/// <summary>
/// Values of tasks as rows keep them: <c>{"parameterValues": {NAME: VALUE}, "artifacts": {NAME: {"artifacts": [{name, type, uri, metadata, id, digest, bytes}]}}}</c>.
/// </summary>
internal static class TaskValuesJson
{
    public static TaskValues Parse(string json)
    {
        var root = (JsonObject)JsonNode.Parse(json)!;
        var parameters = (root["parameterValues"] as JsonObject ?? []).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        if (root["artifacts"] is not JsonObject { Count: > 0 } artifacts)
        {
            return TaskValues.Of(parameters);
        }

        return new TaskValues(
            parameters,
            artifacts.ToDictionary(
                a => a.Key,
                a => (IReadOnlyList<Artifact>)[.. ((JsonArray)a.Value!["artifacts"]!).Select(v => ReadArtifact((JsonObject)v!))],
                StringComparer.Ordinal));
    }

    public static string ToJson(this TaskValues values) => Write(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("parameterValues");
        WriteParameters(json, values);
        json.WriteStartObject("artifacts");
        foreach (var (name, list) in values.Artifacts)
        {
            json.WriteStartObject(name);
            json.WriteStartArray("artifacts");
            foreach (var artifact in list)
            {
                WriteArtifact(json, artifact);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static string ParametersJson(this TaskValues values) => Write(json => WriteParameters(json, values));

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Artifact ReadArtifact(JsonObject json) => new((string?)json["name"] ?? "", ReadType(json["type"] as JsonObject), (string?)json["uri"] ?? "")
    {
        Metadata = json["metadata"] as JsonObject ?? [],
        CustomPath = (string?)json["customPath"],
        Id = (string?)json["id"],
        Digest = (string?)json["digest"],
        Bytes = (long?)json["bytes"],
        IsFolder = (bool?)json["folder"] ?? false,
    };

    private static ArtifactType ReadType(JsonObject? json) => new()
    {
        SchemaTitle = (string?)json?["schemaTitle"],
        InstanceSchema = (string?)json?["instanceSchema"],
        SchemaUri = (string?)json?["schemaUri"],
        SchemaVersion = (string?)json?["schemaVersion"],
    };

    private static void WriteArtifact(Utf8JsonWriter json, Artifact artifact)
    {
        json.WriteStartObject();
        json.WriteString("name", artifact.Name);
        json.WriteStartObject("type");
        WriteText(json, "schemaTitle", artifact.Type.SchemaTitle);
        WriteText(json, "instanceSchema", artifact.Type.InstanceSchema);
        WriteText(json, "schemaUri", artifact.Type.SchemaUri);
        WriteText(json, "schemaVersion", artifact.Type.SchemaVersion);
        json.WriteEndObject();
        json.WriteString("uri", artifact.Uri);
        json.WritePropertyName("metadata");
        artifact.Metadata.WriteTo(json);
        WriteText(json, "customPath", artifact.CustomPath);
        WriteText(json, "id", artifact.Id);
        WriteText(json, "digest", artifact.Digest);
        if (artifact.Bytes is { } bytes)
        {
            json.WriteNumber("bytes", bytes);
        }

        if (artifact.IsFolder)
        {
            json.WriteBoolean("folder", true);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteParameters(Utf8JsonWriter json, TaskValues values)
    {
        json.WriteStartObject();
        foreach (var (name, value) in values.Parameters)
        {
            json.WritePropertyName(name);
            if (value is null)
            {
                json.WriteNullValue();
            }
            else
            {
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }
}
