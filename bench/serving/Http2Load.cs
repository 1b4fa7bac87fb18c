using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Bench.Serving;

/// <summary>
/// gRPC calls over HTTP/2 as a lean client makes them: header fields are sent once and named by their place in the table afterwards, several streams
/// share a connection. Written by hand because the framework's client costs several times what it measures, and a server that waits for its client
/// spends its time falling asleep and waking up.
/// </summary>
internal static class Http2Load
{
    public static async Task<Figures> RunAsync(int port, int process, byte[] message, int connections, int streams, double seconds)
    {
        await DriveAsync(port, message, connections, streams, Math.Min(0.5, seconds));
        return await Load.MeasureAsync(process, () => DriveAsync(port, message, connections, streams, seconds));
    }

    private static async Task<List<double>> DriveAsync(int port, byte[] message, int connections, int streams, double seconds)
    {
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => new Connection(port, message, streams, until).RunAsync())));
        return [.. all.SelectMany(l => l)];
    }

    private sealed class Connection(int port, byte[] message, int streams, long until)
    {
        private const int FrameHead = 9;
        private const int LargestFrame = 16384;

        private readonly List<double> _latencies = new(1 << 16);
        private readonly Dictionary<int, long> _started = [];
        private readonly Dictionary<int, int> _answered = [];
        private readonly byte[] _out = new byte[(message.Length + 512) * Math.Max(streams, 1) * 2];
        private long _window = 65535;
        private int _initialStreamWindow = 65535;
        private int _nextStream = 1;
        private bool _known;
        private int _length;

        public async Task<List<double>> RunAsync()
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);

            // Preface, SETTINGS without any, and a window that need not be opened again while this runs.
            await socket.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0, 0]);
            var (buffer, have) = (new byte[1 << 20], 0);

            // The server's settings first: how much may be on its way depends on them.
            var settled = false;
            while (!settled || _started.Count > 0 || Stopwatch.GetTimestamp() < until)
            {
                while (settled && _started.Count < streams && _window >= message.Length && Stopwatch.GetTimestamp() < until)
                {
                    Begin();
                }

                if (_length > 0)
                {
                    await socket.SendAsync(_out.AsMemory(0, _length));
                    _length = 0;
                }

                if (settled && _started.Count == 0 && Stopwatch.GetTimestamp() >= until)
                {
                    break;
                }

                var read = await socket.ReceiveAsync(buffer.AsMemory(have));
                if (read == 0)
                {
                    throw new IOException("The server hung up");
                }

                have += read;
                var at = 0;
                while (have - at >= FrameHead && Size(buffer, at) is var size && have - at >= FrameHead + size)
                {
                    settled |= Take(buffer[at + 3], buffer[at + 4], Number(buffer, at + 5) & 0x7fffffff, buffer.AsSpan(at + FrameHead, size));
                    at += FrameHead + size;
                }

                buffer.AsSpan(at, have - at).CopyTo(buffer);
                have -= at;
            }

            return _latencies;
        }

        private void Begin()
        {
            var stream = _nextStream;
            _nextStream += 2;
            byte[] fields = _known ? [0x83, 0x86, 0xc1, 0xc0, 0xbf, 0xbe] : First();
            _known = true;
            Head(fields.Length, 1, 4, stream);
            Put(fields);
            for (var at = 0; at < message.Length; at += LargestFrame)
            {
                var part = Math.Min(LargestFrame, message.Length - at);
                Head(part, 0, at + part == message.Length ? (byte)1 : (byte)0, stream);
                Put(message.AsSpan(at, part));
            }

            if (message.Length > _initialStreamWindow)
            {
                throw new IOException("The message is larger than the server's window of a stream: this tool does not wait for more");
            }

            _window -= message.Length;
            _started.Add(stream, Stopwatch.GetTimestamp());
        }

        /// <summary>POST, http, and the four fields that stay in the table from here on, the last one as the newest.</summary>
        private static byte[] First() =>
        [
            0x83, 0x86, .. Literal(4, "/inference.GRPCInferenceService/ModelInfer"), .. Literal(1, "127.0.0.1"), .. Literal(31, "application/grpc"), .. Named("te", "trailers"),
        ];

        private static byte[] Literal(byte name, string value) => [(byte)(0x40 | name), (byte)value.Length, .. System.Text.Encoding.ASCII.GetBytes(value)];

        private static byte[] Named(string name, string value) =>
            [0x40, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), (byte)value.Length, .. System.Text.Encoding.ASCII.GetBytes(value)];

        /// <summary>True for the server's settings.</summary>
        private bool Take(byte type, byte flags, int stream, ReadOnlySpan<byte> content)
        {
            switch (type)
            {
                case 4 when (flags & 1) == 0:
                    for (; content.Length >= 6; content = content[6..])
                    {
                        _initialStreamWindow = content[1] == 4 ? Number(content, 2) : _initialStreamWindow;
                    }

                    Head(0, 4, 1, 0);
                    return true;
                case 6 when (flags & 1) == 0:
                    Head(content.Length, 6, 1, 0);
                    Put(content);
                    break;
                case 8 when stream == 0:
                    _window += Number(content, 0);
                    break;
                case 3 or 7:
                    throw new IOException($"The server ended the stream or connection with frame {type}, code {Number(content, content.Length - 4)}");
                case 0 when (flags & 1) == 0:
                    _answered[stream] = content.Length;
                    break;
                case 0 or 1 when (flags & 1) != 0:
                    if (type == 0 || !_answered.Remove(stream))
                    {
                        throw new IOException("The server answered without a message, or without a status behind it");
                    }

                    _started.Remove(stream, out var started);
                    _latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                    break;
            }

            return false;
        }

        private void Head(int length, byte type, byte flags, int stream) => Put(
            [(byte)(length >> 16), (byte)(length >> 8), (byte)length, type, flags, (byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream]);

        private void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_out.AsSpan(_length));
            _length += bytes.Length;
        }

        private static int Size(byte[] buffer, int at) => (buffer[at] << 16) | (buffer[at + 1] << 8) | buffer[at + 2];

        private static int Number(ReadOnlySpan<byte> bytes, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
    }
}
