using System.Net.Sockets;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Bodies;

public sealed class RequestBodyTests
{
    /// <summary>More than Kestrel's own limit of 30,000,000 and than the buffers of a connection hold.</summary>
    private const int Large = 32_000_000;

    /// <summary>More than the buffers hold; chunks say no length that Kestrel could refuse.</summary>
    private const int Streamed = 8_000_000;

    private const int Chunk = 64_000;

    [Fact]
    public async Task WhoSendsABodyThatIsTooLargeToItsEnd_IsAnswered413_AndTheConnectionGoesOn()
    {
        await using var host = await ServingHost.StartAsync(null, ("Serving:MaxRequestBytes", "10000"));
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1));
        await host.ApplyAsync("m", "models:/m/1");

        foreach (var (path, chunked) in new[] { ("/v2/models/m/infer", false), ("/v2/models/m/infer", true), ("/v1/models/m:predict", true) })
        {
            var answers = await SendAsync(host, path, chunked);

            Assert.StartsWith("HTTP/1.1 413 ", answers, StringComparison.Ordinal);
            Assert.Contains(" bytes at most", answers, StringComparison.Ordinal);
            Assert.Contains("HTTP/1.1 200 OK", answers, StringComparison.Ordinal);
        }
    }

    /// <summary>The whole body before the answer is looked at, as many clients do it, then one more request; both answers.</summary>
    private static async Task<string> SendAsync(ServingHost host, string path, bool chunked)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Http.BaseAddress!.Host, host.Http.BaseAddress.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{(chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Large}")}\r\n\r\n"));
        byte[] blanks = [.. Enumerable.Repeat((byte)' ', Chunk)];
        byte[] part = chunked ? [.. Encoding.ASCII.GetBytes($"{Chunk:x}\r\n"), .. blanks, .. "\r\n"u8] : blanks;
        for (var sent = 0; sent < (chunked ? Streamed : Large); sent += Chunk)
        {
            await stream.WriteAsync(part);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{(chunked ? "0\r\n\r\n" : "")}GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
