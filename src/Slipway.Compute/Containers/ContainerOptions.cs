namespace Slipway.Compute.Containers;

/// <summary>Settings of the container backend.</summary>
public sealed record ContainerOptions
{
    /// <summary>The runtime's command line: <c>podman</c>, <c>docker</c> or a path. Null: podman when it is on PATH, else docker.</summary>
    public string? Program { get; init; }

    /// <summary>Options in front of the verb, such as <c>--runtime runc</c>.</summary>
    public IReadOnlyList<string> GlobalArguments { get; init; } = [];

    /// <summary>Options of every <c>run</c>, such as <c>--userns keep-id</c>.</summary>
    public IReadOnlyList<string> RunArguments { get; init; } = [];

    /// <summary>When an image is fetched: <c>missing</c>, <c>always</c> or <c>never</c>. Default missing.</summary>
    public string Pull { get; init; } = "missing";

    /// <summary>Where workloads without a working folder of their own get one, if they bring files.</summary>
    public string ScratchFolder { get; init; } = Path.Combine(Path.GetTempPath(), "slipway-containers");

    /// <summary>How often the disk limit is looked at. Default 500 ms.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
