using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Ir;

/// <summary>What the second document of a package says about the place where the pipeline runs.</summary>
public sealed record PlatformSpec
{
    /// <summary>The document as written, in camel case; carried through to whoever asks for it.</summary>
    public required JsonObject Document { get; init; }

    public PipelineConfig Pipeline { get; init; } = new();

    /// <summary>By executor label.</summary>
    public IReadOnlyDictionary<string, PlatformExecutor> Executors { get; init; } = Empty<PlatformExecutor>.Map;
}

public sealed record PipelineConfig
{
    public WorkspaceConfig? Workspace { get; init; }

    public TimeSpan? TtlOnCompletion { get; init; }

    public TimeSpan? TtlOnSuccess { get; init; }

    public TimeSpan? TtlOnFailure { get; init; }

    /// <summary>After this long the run is ended.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>One folder that all tasks of a run share, removed after it.</summary>
/// <param name="Size">A Kubernetes quantity.</param>
public sealed record WorkspaceConfig(string? Size, JsonObject? VolumeClaimPatch)
{
    /// <summary>Where tasks see it.</summary>
    public const string MountPath = "/kfp-workspace";
}

/// <summary>What Kubernetes knows of and other runners can honour too; the rest is in <see cref="Other"/>.</summary>
public sealed record PlatformExecutor
{
    public IReadOnlyList<KeysAsEnv> SecretsAsEnv { get; init; } = [];

    public IReadOnlyList<KeysAsEnv> ConfigMapsAsEnv { get; init; } = [];

    public IReadOnlyList<FolderMount> SecretsAsVolume { get; init; } = [];

    public IReadOnlyList<FolderMount> ConfigMapsAsVolume { get; init; } = [];

    public IReadOnlyList<FolderMount> VolumeMounts { get; init; } = [];

    public IReadOnlyList<ScratchMount> ScratchMounts { get; init; } = [];

    /// <summary>Variable name to the field path, such as <c>metadata.name</c>.</summary>
    public IReadOnlyDictionary<string, string> FieldsAsEnv { get; init; } = Empty<string>.Map;

    /// <summary>After this long the task is ended as failed.</summary>
    public TimeSpan? Deadline { get; init; }

    public string? ImagePullPolicy { get; init; }

    public IReadOnlyList<TaskParameter> ImagePullSecrets { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = Empty<string>.Map;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Empty<string>.Map;

    /// <summary>Hints for a scheduler (tolerations, affinity, node selector, security context, init containers ...) in camel case, for the Kubernetes backend.</summary>
    public JsonObject Other { get; init; } = [];
}

/// <param name="Name">Of the secret or config map.</param>
/// <param name="KeyToVariable">Key and the variable that gets its value.</param>
public sealed record KeysAsEnv(TaskParameter Name, IReadOnlyList<KeyValuePair<string, string>> KeyToVariable, bool IsOptional);

/// <param name="Name">Of the secret, config map or volume claim.</param>
public sealed record FolderMount(TaskParameter Name, string MountPath, string? SubPath, bool IsOptional);

/// <summary>An empty folder for one task.</summary>
/// <param name="Medium"><c>Memory</c> or nothing.</param>
public sealed record ScratchMount(string VolumeName, string MountPath, string? Medium, string? SizeLimit);
