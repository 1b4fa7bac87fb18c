using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Ir;

/// <summary>How the work of a component is done.</summary>
public abstract record ExecutorSpec
{
    private ExecutorSpec()
    {
    }

    /// <summary>A command in a container image, or in a process of its own.</summary>
    public sealed record Container(ContainerSpec Spec) : ExecutorSpec;

    /// <summary>Makes an artifact known that is already somewhere; no process.</summary>
    public sealed record Importer(ImporterSpec Spec) : ExecutorSpec;

    /// <summary>Of a kind that only one cloud has (<c>resolver</c>, <c>customJob</c>): read, and refused when checked.</summary>
    public sealed record Foreign(string Kind, JsonNode? Body) : ExecutorSpec;
}

/// <param name="Image">May be a placeholder. What stands in <see cref="WellKnownImages"/> is not pulled.</param>
public sealed record ContainerSpec(string Image)
{
    /// <summary>Empty is the image's own entry point. Elements may hold placeholders.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Args { get; init; } = [];

    public IReadOnlyList<EnvironmentVariable> Env { get; init; } = [];

    public ResourceSpec? Resources { get; init; }

    /// <summary>Read and written, never run: no runner does it.</summary>
    public PreCacheCheck? PreCacheCheck { get; init; }
}

public sealed record EnvironmentVariable(string Name, string Value);

public sealed record PreCacheCheck(IReadOnlyList<string> Command, IReadOnlyList<string> Args);

/// <summary>Kubernetes quantities as text (they may be placeholders), from whichever form the file used. Null is not said.</summary>
public sealed record ResourceSpec
{
    public string? CpuRequest { get; init; }

    public string? CpuLimit { get; init; }

    public string? MemoryRequest { get; init; }

    public string? MemoryLimit { get; init; }

    /// <summary>Such as <c>nvidia.com/gpu</c>.</summary>
    public string? AcceleratorType { get; init; }

    public string? AcceleratorCount { get; init; }
}

/// <summary>Exactly one of <paramref name="Uri"/> (may hold placeholders) and <paramref name="UriParameter"/> (an input of the task) is set.</summary>
public sealed record ImporterSpec(string? Uri, string? UriParameter)
{
    public ArtifactType Type { get; init; } = ArtifactType.Of(ArtifactType.AnyTitle);

    /// <summary>Texts in it may hold placeholders.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>When false, an artifact already known with the same URI, type and metadata may be used again.</summary>
    public bool Reimport { get; init; }

    public bool DownloadToWorkspace { get; init; }
}

/// <summary>Image names that mean something here.</summary>
public static class WellKnownImages
{
    /// <summary>A component of a module: <c>command: [slipway/train]</c>. It runs in the server; its inputs are the task's parameters, its outputs the JSON members it answers.</summary>
    public const string Component = "slipway.dev/component";

    /// <summary>A command of the machine's own: the short form's <c>run:</c> without an image.</summary>
    public const string Process = "slipway.dev/process";

    /// <summary>Not a container: makes a volume claim (here a folder) with the output <c>name</c>.</summary>
    public const string CreateVolume = "argostub/createpvc";

    public const string DeleteVolume = "argostub/deletepvc";

    public static bool Is(string image) => image is Component or Process or CreateVolume or DeleteVolume or "";
}
