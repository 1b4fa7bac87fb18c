namespace Slipway.Compute.Workloads;

/// <summary>
/// Something to run, shaped like a pod with one container: what the backends <c>process</c>, <c>container</c> and <c>kubernetes</c> take alike.
/// Immutable; a rewrite is a <c>with</c>. Its text never holds a secret's value.
/// </summary>
public sealed record Workload
{
    /// <summary>A word for people: the step, the trial, the model. Shown in messages and labels.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// This attempt's own id, 1 to 128 characters of <c>[A-Za-z0-9._-]</c>, never used twice. It is known before anything starts and marks every
    /// process of the attempt, so write it down first: with it alone <see cref="Backends.IComputeBackend.RescueAsync"/> finds what a killed server left.
    /// </summary>
    public required string Attempt { get; init; }

    /// <summary>The container image. The process backend runs the command on the host and leaves the image aside.</summary>
    public string? Image { get; init; }

    /// <summary>The program and its first arguments. Empty: the image's entry point, which only backends with images have.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Arguments after <see cref="Command"/>.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Variables that may be logged and shown.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = EmptyMap;

    /// <summary>Variables whose values are never logged, shown or stored. They win over <see cref="Env"/>.</summary>
    public WorkloadSecrets Secrets { get; init; } = WorkloadSecrets.None;

    /// <summary>
    /// The folder of this attempt on the host, an absolute path; made when missing. The process backend runs in it; the container backend
    /// mounts it under the same path. Null: a folder of the backend's own that is removed at the end.
    /// </summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Files written below <see cref="WorkingFolder"/> before the start.</summary>
    public IReadOnlyList<WorkloadFile> Files { get; init; } = [];

    public IReadOnlyList<WorkloadMount> Mounts { get; init; } = [];

    public WorkloadResources Resources { get; init; } = WorkloadResources.Unlimited;

    /// <summary>The longest it may run, from the start of its process. Null: no end.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The time between asking it to end (SIGTERM) and ending it (SIGKILL).</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(10);

    public WorkloadNetwork Network { get; init; } = WorkloadNetwork.Host;

    /// <summary>Labels that a backend with labels puts on what it makes, such as <c>slipway.dev/run</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = EmptyMap;

    /// <summary>Command and arguments in one list.</summary>
    public IReadOnlyList<string> CommandLine => [.. Command, .. Args];

    public override string ToString() => $"{Name} ({Attempt})";

    private static readonly IReadOnlyDictionary<string, string> EmptyMap = new Dictionary<string, string>();
}
