using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;

namespace Slipway.Bench.Serving;

/// <summary>The same over gRPC: unary calls, as many at a time as asked, each over a connection of its own.</summary>
internal static class GrpcLoad
{
    public static async Task<Figures> RunAsync(int port, int process, byte[] message, int connections, double seconds)
    {
        await DriveAsync(port, message, connections, Math.Min(1, seconds));
        var before = Load.Processor(process);
        var started = Stopwatch.GetTimestamp();
        var latencies = await DriveAsync(port, message, connections, seconds);
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = Load.Processor(process) - before;
        latencies.Sort();
        return new Figures(
            latencies.Count / took, used.TotalMicroseconds / latencies.Count, latencies[latencies.Count / 2], latencies[(int)(latencies.Count * 0.99)]);
    }

    /// <summary>A ModelInferRequest of one FP32 input in raw contents.</summary>
    public static byte[] Message(string model, string input, long[] shape, float[] values)
    {
        var raw = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
        byte[] tensor = [.. Field(1, Ascii(input)), .. Field(2, Ascii("FP32")), .. Field(3, [.. shape.SelectMany(d => Varint((ulong)d))])];
        byte[] message = [.. Field(1, Ascii(model)), .. Field(5, tensor), .. Field(7, raw)];
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    private static async Task<List<double>> DriveAsync(int port, byte[] message, int connections, double seconds)
    {
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => DriveOneAsync(port, message, until))));
        return [.. all.SelectMany(l => l)];
    }

    private static async Task<List<double>> DriveOneAsync(int port, byte[] message, long until)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var latencies = new List<double>(1 << 16);
        while (Stopwatch.GetTimestamp() < until)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/inference.GRPCInferenceService/ModelInfer")
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(message),
            };
            request.Content.Headers.ContentType = new("application/grpc");
            var started = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (response.TrailingHeaders.GetValues("grpc-status").Single() != "0")
            {
                throw new IOException("The call failed");
            }
        }

        return latencies;
    }

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static byte[] Field(int number, byte[] content) => [.. Varint((ulong)((number << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
