using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Slipway.EndToEnd.Tests.Fuzz;

/// <summary>A request as bytes on the wire: no client in between tidies its path or refuses its headers.</summary>
internal sealed record RawRequest(string Method, string Target, string? ContentType, byte[] Body)
{
    public override string ToString() =>
        $"{Method} {Cut(Target)} ({ContentType ?? "no type"}, {Body.Length} bytes) {Cut(Encoding.UTF8.GetString(Body))}";

    private static string Cut(string text) => text.Length <= 300 ? text : $"{text[..300]}... ({text.Length} characters)";
}

/// <param name="Status">0 when the server closed the connection without an answer.</param>
internal sealed record RawAnswer(int Status, string Headers, string Body);

internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <exception cref="TimeoutException">No whole answer within 20 seconds.</exception>
    public static async Task<RawAnswer> SendAsync(int port, RawRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync("127.0.0.1", port, limit.Token);
            await using var stream = socket.GetStream();
            var sending = SendAsync(stream, port, request, limit.Token);
            var answer = await ReadAsync(stream, limit.Token);
            await sending;
            return answer;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {Patience.TotalSeconds} s");
        }
    }

    private static async Task SendAsync(NetworkStream stream, int port, RawRequest request, CancellationToken cancellation)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{request.Method} {request.Target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
        if (request.ContentType is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {request.ContentType}\r\n");
        }

        if (request.Body.Length > 0 || request.Method is not "GET")
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        }

        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), cancellation);
            await stream.WriteAsync(request.Body, cancellation);
        }
        catch (IOException)
        {
            // The server has answered and closed before it read the whole body, as it may.
        }
    }

    private static async Task<RawAnswer> ReadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, cancellation);
        }
        catch (IOException)
        {
            // Reset after the answer; what came before it counts.
        }

        var text = Encoding.UTF8.GetString(all.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 ? new RawAnswer(0, text, "") : new RawAnswer(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text[..end], text[(end + 4)..]);
    }
}
