using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Values;

/// <summary>A file or folder with a type, as tasks hand it on.</summary>
/// <param name="Name">The runner's name for it.</param>
/// <param name="Uri">Where it is kept.</param>
public sealed record Artifact(string Name, ArtifactType Type, string Uri)
{
    public JsonObject Metadata { get; init; } = [];

    /// <summary>Where the task that is about to run finds it, or puts it. What a task is told as URI is this path, too: the SDK uses a plain path unchanged.</summary>
    public string? Path { get; init; }

    /// <summary>The path that its producer chose inside its own container.</summary>
    public string? CustomPath { get; init; }

    /// <summary>The runner's key; not told to tasks.</summary>
    public string? Id { get; init; }

    /// <summary>Of the content; not told to tasks.</summary>
    public long? Bytes { get; init; }

    public bool IsFolder { get; init; }

    /// <summary>Of the content, when it is known: what the cache compares.</summary>
    public string? Digest { get; init; }

    public string ToldUri => Path ?? Uri;

    /// <summary>The path under which a task sees it: the one it was given, else the SDK's own rule for the schemes that it knows.</summary>
    public string LocalPath => Path ?? CustomPath
        ?? (Uri.StartsWith("gs://", StringComparison.Ordinal) ? "/gcs/" + Uri[5..]
        : Uri.StartsWith("s3://", StringComparison.Ordinal) ? "/s3/" + Uri[5..]
        : Uri.StartsWith("minio://", StringComparison.Ordinal) ? "/minio/" + Uri[8..]
        : Uri.StartsWith("oci://", StringComparison.Ordinal) ? "/oci/" + Uri[6..].Replace('/', '_') + (Type.Title == "system.Model" ? "/models" : "")
        : Uri);

    /// <summary>As the executor reads it.</summary>
    public JsonObject ToJson()
    {
        var type = new JsonObject();
        if (Type.InstanceSchema is { } schema)
        {
            type["instanceSchema"] = schema;
        }
        else if (Type.SchemaUri is { } uri && Type.SchemaTitle is null)
        {
            type["schemaUri"] = uri;
        }
        else
        {
            type["schemaTitle"] = Type.Title;
        }

        type["schemaVersion"] = Type.SchemaVersion ?? "0.0.1";
        var json = new JsonObject { ["name"] = Name, ["type"] = type, ["uri"] = ToldUri, ["metadata"] = Metadata.DeepClone() };
        if (Path is null && CustomPath is { } path)
        {
            json["customPath"] = path;
        }

        return json;
    }
}

/// <summary>Parameters and artifacts by name: what goes into a task or comes out of it. The JSON values are never changed.</summary>
public sealed record TaskValues(IReadOnlyDictionary<string, JsonNode?> Parameters, IReadOnlyDictionary<string, IReadOnlyList<Artifact>> Artifacts)
{
    public static TaskValues Empty { get; } = new(new Dictionary<string, JsonNode?>(), new Dictionary<string, IReadOnlyList<Artifact>>());

    public static TaskValues Of(IReadOnlyDictionary<string, JsonNode?> parameters) => new(parameters, Empty.Artifacts);

    /// <summary>Whether there is a value that is not null, or an artifact.</summary>
    public bool Has(string name) => Parameters.GetValueOrDefault(name) is not null || Artifacts.GetValueOrDefault(name) is { Count: > 0 };
}
