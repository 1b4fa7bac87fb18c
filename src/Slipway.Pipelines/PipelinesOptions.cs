namespace Slipway.Pipelines;

/// <summary>Settings of pipelines, under <c>Slipway:Pipelines</c>.</summary>
internal sealed record PipelinesOptions
{
    /// <summary>Built-in steps that this server runs at once; 1 to 4096. As many as there are cores keeps several trainings from slowing each other down.</summary>
    public int ParallelSteps { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Steps in processes or containers that this server runs at once; 1 to 4096. More than cores, since many of them wait for something.</summary>
    public int ParallelWorkloads { get; init; } = Math.Max(8, 4 * Environment.ProcessorCount);

    /// <summary>Steps of one namespace that this server runs at once; 1 to 1000000.</summary>
    public int ParallelPerNamespace { get; init; } = 1_000_000;

    /// <summary>Runs that this server holds in memory at once; 1 to 100000. Further ones wait in the table.</summary>
    public int LiveRuns { get; init; } = 2000;

    /// <summary>Attempts at a step whose failures look passing (a resource away, a conflict); 1 to 100.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Servers that may die while a task runs before the task is taken for the cause; 0 to 100.</summary>
    public int MostLostServers { get; init; } = 3;

    /// <summary>Where attempts work and logs are kept; null is <c>pipelines</c> in the data folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Where the URIs of outputs begin when neither the run nor the pipeline says it.</summary>
    public string PipelineRoot { get; init; } = "slipway://pipelines";

    /// <summary>The compute backend of steps that are no built-in ones; null is the server's default.</summary>
    public string? Backend { get; init; }

    /// <summary>Bytes that the log of one attempt may have; what lies in the middle of a longer one is left out. 8192 to 1 TiB.</summary>
    public long LogBytes { get; init; } = 64L << 20;

    /// <summary>Bytes that an attempt's folder may hold; null is what the disk has.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Bytes that one output parameter's file may have; 1 to 1 GiB.</summary>
    public long ParameterBytes { get; init; } = 16L << 20;

    /// <summary>What an exit task is told of a success: SUCCEEDED, or COMPLETE as Kubeflow's own backend says.</summary>
    public string FinalStatusOfSuccess { get; init; } = "SUCCEEDED";

    /// <summary>An HTTP endpoint for OpenLineage run events; null is none.</summary>
    public string? OpenLineageUrl { get; init; }

    /// <summary>A file that OpenLineage run events are appended to, one a line; null is none.</summary>
    public string? OpenLineageFile { get; init; }

    public string AttemptsFolder => Path.Combine(Folder!, "attempts");

    public string LogsFolder => Path.Combine(Folder!, "logs");

    public string WorkspaceOf(string run) => Path.Combine(Folder!, "workspaces", run);

    /// <summary>The folder that stands for a volume claim. Its name may not lead elsewhere.</summary>
    public string VolumeOf(string ns, string claim) => Path.Combine(Folder!, "volumes", ns, Path.GetFileName(claim) is { Length: > 0 } name and not ("." or "..") ? name : "unnamed");

    public IEnumerable<string> Faults()
    {
        foreach (var (name, value, least, most) in new (string, long, long, long)[]
        {
            (nameof(ParallelSteps), ParallelSteps, 1, 4096),
            (nameof(ParallelWorkloads), ParallelWorkloads, 1, 4096),
            (nameof(ParallelPerNamespace), ParallelPerNamespace, 1, 1_000_000),
            (nameof(LiveRuns), LiveRuns, 1, 100_000),
            (nameof(MaxAttempts), MaxAttempts, 1, 100),
            (nameof(MostLostServers), MostLostServers, 0, 100),
            (nameof(LogBytes), LogBytes, 8192, 1L << 40),
            (nameof(ParameterBytes), ParameterBytes, 1, 1L << 30),
            (nameof(DiskBytes), DiskBytes ?? 1, 1, long.MaxValue),
        })
        {
            if (value < least || value > most)
            {
                yield return $"Slipway:Pipelines:{name} is {value}; it must be {least} to {most}";
            }
        }

        if (OpenLineageUrl is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")))
        {
            yield return $"Slipway:Pipelines:{nameof(OpenLineageUrl)} is {url}; it must be an http or https address";
        }

        if (FinalStatusOfSuccess is not ("SUCCEEDED" or "COMPLETE"))
        {
            yield return $"Slipway:Pipelines:{nameof(FinalStatusOfSuccess)} is {FinalStatusOfSuccess}; it must be SUCCEEDED or COMPLETE";
        }
    }
}
