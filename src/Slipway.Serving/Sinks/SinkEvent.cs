namespace Slipway.Serving.Sinks;

/// <summary>One CloudEvent on its way to a sink: HTTP headers and the payload as it was.</summary>
/// <param name="Headers">All but Content-Type and Content-Encoding.</param>
internal sealed record SinkEvent(IReadOnlyList<(string Name, string Value)> Headers, string ContentType, string? ContentEncoding, ReadOnlyMemory<byte> Body)
{
    /// <summary>What it takes of the queue's memory; the headers at a guess.</summary>
    public long Bytes => Body.Length + 1024;
}

/// <summary>How a sink does.</summary>
/// <param name="Trouble">Why the last event did not get through; null while it does.</param>
/// <param name="Sent">Events that it has taken since the server began to send there.</param>
/// <param name="Shed">Events that it has not got.</param>
internal sealed record SinkHealth(string? Trouble, long Sent, long Shed);
