using System.Net.Sockets;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Fuzz;

/// <summary>Callers that hang up in the middle, lie about lengths or speak no HTTP.</summary>
public sealed class BrokenConnectionTests
{
    public static TheoryData<string> Broken =>
    [
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"inputs\":[",
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"inp",
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n{}",
        "POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000",
        "POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        "\u0000\u0001\u0002\u0003\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000",
    ];

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task ACallerThatBreaksOff_TakesNothingAlong(string sent)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        await host.ApplyAsync("m", "models:/m/1");
        for (var i = 0; i < 20; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", host.Http.BaseAddress!.Port);
            await socket.SendAsync(Encoding.Latin1.GetBytes(sent));
            socket.Shutdown(SocketShutdown.Send);
            var said = await SaidAsync(socket);

            Assert.DoesNotContain(" 500 ", said, StringComparison.Ordinal);
        }

        using var response = await host.Http.PostAsync(
            "/v2/models/m/infer", new StringContent("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2.5]}]}"""));
        Assert.Contains("[1,2.5]", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>The first of the answer; empty when there is none.</summary>
    private static async Task<string> SaidAsync(Socket socket)
    {
        var answer = new byte[4096];
        try
        {
            return Encoding.Latin1.GetString(answer, 0, await socket.ReceiveAsync(answer));
        }
        catch (SocketException)
        {
            // Reset: that is an answer too.
            return "";
        }
    }
}
