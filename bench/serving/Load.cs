using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Bench.Serving;

/// <summary>What one load came to.</summary>
/// <param name="Cpu">Processor time of the server's process per request, microseconds.</param>
/// <param name="P50">Milliseconds from writing a request to having read its answer.</param>
internal sealed record Figures(double PerSecond, double Cpu, double P50, double P99);

/// <summary>
/// A load over keep-alive connections, each with one request at a time, written as bytes made beforehand: the client must not cost more than what it
/// measures.
/// </summary>
internal static class Load
{
    public static async Task<Figures> RunAsync(int port, int process, byte[] request, int connections, double seconds)
    {
        await DriveAsync(port, request, connections, Math.Min(0.5, seconds));
        return await MeasureAsync(process, () => DriveAsync(port, request, connections, seconds));
    }

    /// <summary>Runs a load that answers with its latencies, and looks at the process meanwhile.</summary>
    public static async Task<Figures> MeasureAsync(int process, Func<Task<List<double>>> drive)
    {
        var before = Processor(process);
        var started = Stopwatch.GetTimestamp();
        var latencies = await drive();
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = Processor(process) - before;
        latencies.Sort();
        return new Figures(
            latencies.Count / took, used.TotalMicroseconds / latencies.Count, latencies[latencies.Count / 2], latencies[(int)(latencies.Count * 0.99)]);
    }

    /// <summary>User and system time of a process so far.</summary>
    public static TimeSpan Processor(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.TotalProcessorTime;
    }

    public static byte[] Post(string path, byte[] body, string contentType = "application/json", params string[] headers) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n")),
        .. body,
    ];

    private static async Task<List<double>> DriveAsync(int port, byte[] request, int connections, double seconds)
    {
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => DriveOneAsync(port, request, until))));
        return [.. all.SelectMany(l => l)];
    }

    private static async Task<List<double>> DriveOneAsync(int port, byte[] request, long until)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var (latencies, buffer) = (new List<double>(1 << 16), new byte[256 << 10]);
        while (Stopwatch.GetTimestamp() < until)
        {
            var started = Stopwatch.GetTimestamp();
            await ExchangeAsync(socket, request, buffer);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return latencies;
    }

    /// <summary>Sends one request and reads its answer.</summary>
    public static async Task ExchangeAsync(Socket socket, byte[] request, byte[] buffer)
    {
        await socket.SendAsync(request);
        await ReadAnswerAsync(socket, buffer);
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        var (have, needed) = (0, -1);
        while (needed < 0 || have < needed)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (read == 0)
            {
                throw new IOException("The server hung up");
            }

            have += read;
            needed = needed < 0 ? LengthOf(buffer.AsSpan(0, have)) : needed;
        }
    }

    /// <summary>Bytes of the whole answer; -1 while its head is not there.</summary>
    private static int LengthOf(ReadOnlySpan<byte> have)
    {
        var end = have.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return -1;
        }

        var head = Encoding.ASCII.GetString(have[..end]);
        if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new IOException($"The server answered {head.Split('\r')[0]}");
        }

        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            // The probe's framework answers in chunks; the last one ends the answer.
            return have.EndsWith("0\r\n\r\n"u8) ? have.Length : -1;
        }

        var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase) + "Content-Length: ".Length;
        return end + 4 + int.Parse(head.AsSpan(at, head.IndexOf('\r', at) is var stop && stop > 0 ? stop - at : head.Length - at), CultureInfo.InvariantCulture);
    }
}
