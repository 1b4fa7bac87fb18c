using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Slipway.Serving.Tests;

/// <summary>What a call came to: its status and, when that is 0, its messages.</summary>
internal sealed record GrpcReply<T>(int Status, string Message, IReadOnlyList<T> Answers, IReadOnlyDictionary<string, string> Headers)
{
    public T Answer => Status == 0 ? Assert.Single(Answers) : throw new Xunit.Sdk.XunitException($"gRPC status {Status}: {Message}");
}

/// <summary>gRPC as it is on the wire, over the client of the platform: HTTP/2, length-prefixed messages, the status in the trailers.</summary>
/// <param name="certificate">The only one that is trusted, of a server with TLS.</param>
internal sealed class GrpcClient(Uri server, X509Certificate2? certificate = null) : IDisposable
{
    private readonly HttpClient _http = new(new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = certificate is null ? null : (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint,
    }) { BaseAddress = server };

    public Task<GrpcReply<T>> CallAsync<T>(string method, IMessage message, MessageParser<T> parser, params (string Name, string Value)[] metadata)
        where T : IMessage<T> => SendAsync(method, Framed(message.ToByteArray()), parser, metadata);

    /// <summary>All messages at once, then all answers.</summary>
    public Task<GrpcReply<T>> StreamAsync<T>(string method, IEnumerable<IMessage> messages, MessageParser<T> parser)
        where T : IMessage<T> => SendAsync(method, [.. messages.SelectMany(m => Framed(m.ToByteArray()))], parser);

    public async Task<GrpcReply<T>> SendAsync<T>(string method, byte[] body, MessageParser<T> parser, params (string Name, string Value)[] metadata)
        where T : IMessage<T>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        foreach (var (name, value) in metadata)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        var answered = await response.Content.ReadAsByteArrayAsync();
        var trailers = response.TrailingHeaders.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        Assert.True(trailers.ContainsKey("grpc-status"), $"{(int)response.StatusCode} without grpc-status: {System.Text.Encoding.UTF8.GetString(answered)}");
        return new GrpcReply<T>(
            int.Parse(trailers["grpc-status"], CultureInfo.InvariantCulture), Uri.UnescapeDataString(trailers.GetValueOrDefault("grpc-message", "")),
            [.. Unframed(answered).Select(m => parser.ParseFrom(m))], response.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => _http.Dispose();

    public static byte[] Framed(byte[] message, bool packed = false)
    {
        var framed = new byte[5 + message.Length];
        framed[0] = packed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    private static IEnumerable<byte[]> Unframed(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            Assert.Equal(0, body[at]);
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at + 1));
            yield return body[(at + 5)..(at + 5 + length)];
            at += 5 + length;
        }
    }
}
