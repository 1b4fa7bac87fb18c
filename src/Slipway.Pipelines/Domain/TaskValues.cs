using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Pipelines.Domain;

/// <summary>An artifact as it goes from task to task.</summary>
/// <param name="Name">As its producer names it.</param>
internal sealed record ArtifactValue(string Name, ArtifactType Type, string Uri, JsonObject Metadata)
{
    /// <summary>A UUID that the producer gave it.</summary>
    public string? Id { get; init; }

    /// <summary>SHA-256 of its content in the object store; null for what lies outside.</summary>
    public string? Digest { get; init; }

    public long? Bytes { get; init; }

    /// <summary>The digest is that of a list of files: the artifact is a folder.</summary>
    public bool IsFolder { get; init; }
}

/// <summary>
/// Parameters and artifacts by name: what a task gets, or what it has made. As JSON:
/// <c>{"parameterValues": {NAME: VALUE}, "artifacts": {NAME: {"artifacts": [{name, type, uri, metadata, id, digest, bytes}]}}}</c>.
/// The JSON values in it are never changed.
/// </summary>
internal sealed class TaskValues
{
    private static readonly Dictionary<string, IReadOnlyList<ArtifactValue>> NoArtifacts = [];

    public static TaskValues Empty { get; } = new(new Dictionary<string, JsonNode?>(), NoArtifacts);

    public TaskValues(IReadOnlyDictionary<string, JsonNode?> parameters, IReadOnlyDictionary<string, IReadOnlyList<ArtifactValue>> artifacts) =>
        (Parameters, Artifacts) = (parameters, artifacts);

    public IReadOnlyDictionary<string, JsonNode?> Parameters { get; }

    public IReadOnlyDictionary<string, IReadOnlyList<ArtifactValue>> Artifacts { get; }

    public static TaskValues OfParameters(IReadOnlyDictionary<string, JsonNode?> parameters) => new(parameters, NoArtifacts);

    public static TaskValues Parse(string json)
    {
        var root = (JsonObject)JsonNode.Parse(json)!;
        var parameters = (root["parameterValues"] as JsonObject ?? []).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        if (root["artifacts"] is not JsonObject { Count: > 0 } artifacts)
        {
            return new TaskValues(parameters, NoArtifacts);
        }

        return new TaskValues(
            parameters,
            artifacts.ToDictionary(
                a => a.Key,
                a => (IReadOnlyList<ArtifactValue>)[.. ((JsonArray)a.Value!["artifacts"]!).Select(v => ReadArtifact((JsonObject)v!))],
                StringComparer.Ordinal));
    }

    public string ToJson() => Write(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("parameterValues");
        WriteParameters(json);
        json.WriteStartObject("artifacts");
        foreach (var (name, list) in Artifacts)
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

    public string ParametersJson() => Write(WriteParameters);

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static ArtifactValue ReadArtifact(JsonObject json) => new(
        (string?)json["name"] ?? "", ReadType(json["type"] as JsonObject), (string?)json["uri"] ?? "", json["metadata"] as JsonObject ?? [])
    {
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

    private static void WriteArtifact(Utf8JsonWriter json, ArtifactValue artifact)
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

    private void WriteParameters(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (name, value) in Parameters)
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

/// <summary>What a loop goes over: parameter values or artifacts.</summary>
internal sealed record LoopItems(IReadOnlyList<JsonNode?>? Values, IReadOnlyList<ArtifactValue>? Artifacts)
{
    public int Count => Values?.Count ?? Artifacts!.Count;
}
