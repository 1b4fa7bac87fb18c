namespace Slipway.Data;

/// <summary>Settings, under <c>Slipway:Data</c>.</summary>
internal sealed record DataOptions
{
    /// <summary>Largest upload in bytes; default 16 GiB.</summary>
    public long MaxUploadBytes { get; init; } = 16L << 30;

    /// <summary>Memory of the analytics engine, such as "512MB"; what does not fit spills to <see cref="TempFolder"/>. Default 1GB.</summary>
    public string MemoryLimit { get; init; } = "1GB";

    /// <summary>Threads of the analytics engine, 1 to 256; default: one per core, at most 8.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>Where the analytics engine spills.</summary>
    public string TempFolder { get; init; } = Path.Combine(Path.GetTempPath(), "slipway-data");

    public IEnumerable<string> Faults()
    {
        if (MaxUploadBytes < 1)
        {
            yield return "Slipway:Data:MaxUploadBytes must be at least 1";
        }

        if (Threads is < 1 or > 256)
        {
            yield return "Slipway:Data:Threads must be from 1 to 256";
        }

        if (string.IsNullOrWhiteSpace(MemoryLimit))
        {
            yield return "Slipway:Data:MemoryLimit must be a size such as 1GB";
        }
    }
}
