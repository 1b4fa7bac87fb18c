using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Chaos.Tests;

/// <summary>
/// Callers that send their next request when the last one is answered, over REST, V1, MLflow's form and gRPC. Each keeps to one server and goes to the
/// other only when its connection is refused; anything else that goes wrong counts.
/// </summary>
internal sealed class ClosedLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<int, int> _versions = new();
    private readonly Task[] _callers;
    private int _answers;

    public ClosedLoop(TwoReplicas replicas)
    {
        Func<int, int, Task<(int? Version, float Value)>>[] protocols =
        [
            (server, x) => RestAsync(replicas.Clients[server], x), (server, x) => PredictAsync(replicas.Clients[server], x),
            (server, x) => InvokeAsync(replicas.Clients[server], x), (server, x) => GrpcAsync(replicas.GrpcPorts[server], x),
        ];
        _callers = [.. Enumerable.Range(0, 8).Select(i => Task.Run(() => LoopAsync(i, protocols[i % protocols.Length])))];
    }

    private HttpClient Grpc { get; } = new() { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    public int Answers => Volatile.Read(ref _answers);

    public IReadOnlyCollection<string> Wrong => _wrong;

    public IEnumerable<int> Versions => _versions.Keys.Order();

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        Grpc.Dispose();
    }

    private async Task LoopAsync(int caller, Func<int, int, Task<(int? Version, float Value)>> ask)
    {
        var server = caller / 4 % 2;
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var x = 1 + (i % 1000);
            try
            {
                var (version, value) = await ask(server, x);
                var by = (int)value / x;
                _versions.TryAdd(by, 0);
                Interlocked.Increment(ref _answers);
                if (by * x != (int)value || (version ?? by) != by)
                {
                    _wrong.Enqueue($"{value} for {x} by version {version}");
                }
            }
            catch (HttpRequestException e) when (e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                server = 1 - server;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or TaskCanceledException)
            {
                _wrong.Enqueue($"caller {caller}: {e.Message} ({e.GetBaseException().Message})");
            }
        }
    }

    private static async Task<(int?, float)> RestAsync(HttpClient client, int x)
    {
        var answer = await SendAsync(client, $"v2/models/{ScalingModel.Name}/infer", $$"""{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[{{x}}]}]}""");
        return (int.Parse((string)answer["model_version"]!, System.Globalization.CultureInfo.InvariantCulture), (float)answer["outputs"]![0]!["data"]![0]!);
    }

    private static async Task<(int?, float)> PredictAsync(HttpClient client, int x) =>
        (null, (float)(await SendAsync(client, $"v1/models/{ScalingModel.Name}:predict", $$"""{"instances":[[{{x}}]]}"""))["predictions"]![0]![0]!);

    private static async Task<(int?, float)> InvokeAsync(HttpClient client, int x) =>
        (null, (float)(await SendAsync(client, $"serve/{ScalingModel.Name}/invocations", $$$"""{"inputs":{"x":[[{{{x}}}]]}}"""))["predictions"]!["y"]![0]![0]!);

    private static async Task<JsonNode> SendAsync(HttpClient client, string path, string body)
    {
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
    }

    /// <summary>ModelInfer with the tensor as raw bytes, which come back the same way: the last field of the answer.</summary>
    private async Task<(int?, float)> GrpcAsync(int port, int x)
    {
        static byte[] Field(int number, ReadOnlySpan<byte> value) => [(byte)((number << 3) | 2), (byte)value.Length, .. value];

        byte[] tensor = [.. Field(1, "x"u8), .. Field(2, "FP32"u8), .. Field(3, [1, 1])];
        byte[] message = [.. Field(1, Encoding.UTF8.GetBytes(ScalingModel.Name)), .. Field(5, tensor), .. Field(7, BitConverter.GetBytes((float)x))];
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, 5);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{port}/inference.GRPCInferenceService/ModelInfer"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(framed),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        using var answer = await Grpc.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var status = answer.TrailingHeaders.TryGetValues("grpc-status", out var statuses) ? statuses.Single() : "none";
        return status == "0" ? (null, BitConverter.ToSingle(body.AsSpan()[^4..])) : throw new InvalidOperationException($"grpc-status {status}");
    }
}
