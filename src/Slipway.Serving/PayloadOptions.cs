namespace Slipway.Serving;

/// <summary>Settings under <c>Serving:</c> of what is kept and sent of payloads.</summary>
internal sealed record PayloadOptions
{
    /// <summary>A setting's whole number, checked against least and most.</summary>
    public delegate long NumberReader(string name, long otherwise, long least, long most);

    /// <summary>Events waiting per sink, 1 to 1,000,000; 1,024. Further ones are shed, and counted.</summary>
    public int SinkQueue { get; init; } = 1024;

    /// <summary>Bytes of events waiting per sink, 1 KiB to 16 GiB; 32 MiB.</summary>
    public long SinkQueueBytes { get; init; } = 32 << 20;

    /// <summary>Requests to one sink at a time, 1 to 64; 4.</summary>
    public int SinkWorkers { get; init; } = 4;

    /// <summary>Milliseconds that a sink has for one event, 10 to 600,000; 5,000.</summary>
    public int SinkTimeoutMs { get; init; } = 5000;

    /// <summary>Milliseconds that stopping waits for sinks, 0 to 600,000; 5,000.</summary>
    public int SinkFlushMs { get; init; } = 5000;

    /// <summary>Answers waiting for the payload files, 1 to 1,000,000; 8,192.</summary>
    public int PayloadQueue { get; init; } = 8192;

    /// <summary>Bytes of requests that wait for the payload files, 1 KiB to 16 GiB; 64 MiB.</summary>
    public long PayloadQueueBytes { get; init; } = 64 << 20;

    /// <summary>Largest row of a payload file before packing, 1 KiB to 64 MiB; 4 MiB. A larger one is shed, and counted.</summary>
    public int PayloadRowBytes { get; init; } = 4 << 20;

    /// <summary>Rows are packed into a Parquet file when they have so many bytes, 1 KiB to 1 GiB; 32 MiB.</summary>
    public long PayloadFileBytes { get; init; } = 32 << 20;

    /// <summary>... or when the first of them is so many seconds old, 1 to 86,400; 600.</summary>
    public int PayloadFileSeconds { get; init; } = 600;

    /// <summary>Days after which payload files are removed, 0 (never) to 36,500; 30.</summary>
    public int PayloadRetentionDays { get; init; } = 30;

    /// <summary>Bytes of Parquet files that may wait to be uploaded, 0 to 16 TiB; 10 GiB. Beyond, rows for object stores are shed, and counted.</summary>
    public long PayloadUploadBytes { get; init; } = 10L << 30;

    /// <summary>Bytes of files from object stores that one query may read, and that are kept here for further ones, 1 MiB to 16 TiB; 4 GiB.</summary>
    public long PayloadQueryBytes { get; init; } = 4L << 30;

    public static PayloadOptions Read(NumberReader number)
    {
        var defaults = new PayloadOptions();
        return new PayloadOptions
        {
            SinkQueue = (int)number(nameof(SinkQueue), defaults.SinkQueue, 1, 1_000_000),
            SinkQueueBytes = number(nameof(SinkQueueBytes), defaults.SinkQueueBytes, 1 << 10, 1L << 34),
            SinkWorkers = (int)number(nameof(SinkWorkers), defaults.SinkWorkers, 1, 64),
            SinkTimeoutMs = (int)number(nameof(SinkTimeoutMs), defaults.SinkTimeoutMs, 10, 600_000),
            SinkFlushMs = (int)number(nameof(SinkFlushMs), defaults.SinkFlushMs, 0, 600_000),
            PayloadQueue = (int)number(nameof(PayloadQueue), defaults.PayloadQueue, 1, 1_000_000),
            PayloadQueueBytes = number(nameof(PayloadQueueBytes), defaults.PayloadQueueBytes, 1 << 10, 1L << 34),
            PayloadRowBytes = (int)number(nameof(PayloadRowBytes), defaults.PayloadRowBytes, 1 << 10, 64 << 20),
            PayloadFileBytes = number(nameof(PayloadFileBytes), defaults.PayloadFileBytes, 1 << 10, 1 << 30),
            PayloadFileSeconds = (int)number(nameof(PayloadFileSeconds), defaults.PayloadFileSeconds, 1, 86_400),
            PayloadUploadBytes = number(nameof(PayloadUploadBytes), defaults.PayloadUploadBytes, 0, 1L << 44),
            PayloadQueryBytes = number(nameof(PayloadQueryBytes), defaults.PayloadQueryBytes, 1 << 20, 1L << 44),
            PayloadRetentionDays = (int)number(nameof(PayloadRetentionDays), defaults.PayloadRetentionDays, 0, 36_500),
        };
    }
}
