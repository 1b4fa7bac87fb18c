using Microsoft.Extensions.Configuration;
using Slipway.Kernel.Problems;

namespace Slipway.Serving;

/// <summary>Settings under <c>Serving:</c>. All faults are reported at start.</summary>
internal sealed record ServingOptions
{
    /// <summary>Largest inference request, 1 KiB to 1 GiB; 32 MiB.</summary>
    public int MaxRequestBytes { get; init; } = 32 << 20;

    /// <summary>Largest feedback request, 1 KiB to 1 GiB; 16 MiB, some 200,000 labels.</summary>
    public int MaxFeedbackBytes { get; init; } = 16 << 20;

    /// <summary>Answers waiting to be logged, 1 to 1,000,000; 8,192. Further ones are not logged, and counted.</summary>
    public int LogQueue { get; init; } = 8192;

    /// <summary>Bytes of requests that the log's queue may hold, 1 MiB to 16 GiB; 64 MiB.</summary>
    public long LogQueueBytes { get; init; } = 64 << 20;

    /// <summary>Requests waiting to be mirrored, 1 to 1,000,000; 4,096. Further ones are not mirrored, and counted.</summary>
    public int MirrorQueue { get; init; } = 4096;

    /// <summary>Requests that may wait for one model version, 0 to 1,000,000; 4,096. Further ones are answered 429. Services may say otherwise.</summary>
    public int QueueLimit { get; init; } = 4096;

    /// <summary>Bytes of requests that may wait for one model version, 1 MiB to 1 TiB; 512 MiB.</summary>
    public long QueueBytes { get; init; } = 512 << 20;

    /// <summary>Seconds that another server may take for one request to a remote model, 1 to 3,600; 60. A service's own timeout may be shorter.</summary>
    public int RemoteSeconds { get; init; } = 60;

    /// <summary>Models that batch scoring keeps open, 1 to 1,000; 8.</summary>
    public int ScorerModels { get; init; } = 8;

    /// <summary>Largest model file taken from a file:// address, 1 MiB to 1 TiB; 8 GiB.</summary>
    public long MaxModelBytes { get; init; } = 8L << 30;

    /// <summary>Largest model sent along with a load, 1 MiB to 1 GiB; 256 MiB.</summary>
    public int MaxUploadBytes { get; init; } = 256 << 20;

    /// <summary>Base of the addresses in the status, such as https://models.example.com; the server's own address when not set.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>
    /// Hosts that manifests may make this server call (sinks, transformers, steps of graphs): names, <c>*.domain</c>, addresses, each with or without
    /// a port, separated by commas; <c>*</c>, all but link-local addresses.
    /// </summary>
    public string OutboundHosts { get; init; } = "*";

    public PayloadOptions Payloads { get; init; } = new();

    public static ServingOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Serving");
        var faults = new List<Fault>();
        var defaults = new ServingOptions();
        var options = new ServingOptions
        {
            MaxRequestBytes = (int)Number(section, nameof(MaxRequestBytes), defaults.MaxRequestBytes, 1 << 10, 1 << 30, faults),
            MaxFeedbackBytes = (int)Number(section, nameof(MaxFeedbackBytes), defaults.MaxFeedbackBytes, 1 << 10, 1 << 30, faults),
            LogQueue = (int)Number(section, nameof(LogQueue), defaults.LogQueue, 1, 1_000_000, faults),
            LogQueueBytes = Number(section, nameof(LogQueueBytes), defaults.LogQueueBytes, 1 << 20, 1L << 34, faults),
            MirrorQueue = (int)Number(section, nameof(MirrorQueue), defaults.MirrorQueue, 1, 1_000_000, faults),
            QueueLimit = (int)Number(section, nameof(QueueLimit), defaults.QueueLimit, 0, 1_000_000, faults),
            QueueBytes = Number(section, nameof(QueueBytes), defaults.QueueBytes, 1 << 20, 1L << 40, faults),
            RemoteSeconds = (int)Number(section, nameof(RemoteSeconds), defaults.RemoteSeconds, 1, 3600, faults),
            ScorerModels = (int)Number(section, nameof(ScorerModels), defaults.ScorerModels, 1, 1000, faults),
            MaxModelBytes = Number(section, nameof(MaxModelBytes), defaults.MaxModelBytes, 1 << 20, 1L << 40, faults),
            MaxUploadBytes = (int)Number(section, nameof(MaxUploadBytes), defaults.MaxUploadBytes, 1 << 20, 1 << 30, faults),
            PublicUrl = section[nameof(PublicUrl)]?.TrimEnd('/'),
            OutboundHosts = section[nameof(OutboundHosts)] ?? defaults.OutboundHosts,
            Payloads = PayloadOptions.Read((name, otherwise, least, most) => Number(section, name, otherwise, least, most, faults)),
        };
        if (options.PublicUrl is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"))
        {
            faults.Add(new Fault("Serving:PublicUrl", $"'{url}' is not an http or https address"));
        }

        return faults.Count == 0 ? options : throw new ProblemException(Problem.Invalid(faults));
    }

    private static long Number(IConfigurationSection section, string name, long otherwise, long least, long most, List<Fault> faults)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        if (long.TryParse(text, System.Globalization.NumberStyles.Integer, System.Globalization.CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        faults.Add(new Fault($"Serving:{name}", $"'{text}' is not a whole number from {least} to {most}"));
        return otherwise;
    }
}
