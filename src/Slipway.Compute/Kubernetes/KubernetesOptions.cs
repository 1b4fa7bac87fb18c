namespace Slipway.Compute.Kubernetes;

/// <summary>Settings of the Kubernetes backend.</summary>
public sealed record KubernetesOptions
{
    /// <summary>The namespace that jobs are made in.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The account that pods run as; null is the namespace's default.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>How often a job is looked at. Default 1 s.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a pod may wait for its image and a node before it is taken for one that cannot start. Default 10 minutes.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
