using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Transport;

/// <summary>Sends requests, tries again where that is safe, and turns every failure into a problem.</summary>
internal sealed class HttpTransport : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly SlipwayClientOptions _options;
    private readonly TimeProvider _time;

    public HttpTransport(Uri server, SlipwayClientOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            // A proxy of the environment knows nothing of this machine's own ports.
            UseProxy = !server.IsLoopback,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        var root = server.AbsoluteUri.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
        _http = new HttpClient(handler) { BaseAddress = root, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("slipway", typeof(HttpTransport).Assembly.GetName().Version?.ToString(3) ?? "0"));
        if (options.Token is { Length: > 0 } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Server => _http.BaseAddress!;

    public Task<Result<JsonObject>> GetObjectAsync(string path, CancellationToken cancellation, string accept = "application/json") =>
        SendForObjectAsync(() => Request(HttpMethod.Get, path, accept), cancellation);

    public async Task<Result<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        var answer = await SendAsync(() => Request(HttpMethod.Get, path), bounded: true, cancellation);
        if (!answer.TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            return await ReadAsync(response, async body => await JsonSerializer.DeserializeAsync(body, type, cancellation), cancellation);
        }
    }

    /// <summary>Sends and reads the answer as a JSON object.</summary>
    public async Task<Result<JsonObject>> SendForObjectAsync(Func<HttpRequestMessage> request, CancellationToken cancellation, bool bounded = true)
    {
        var answer = await SendForAnswerAsync(request, cancellation, bounded);
        return answer.Select(a => a.Body);
    }

    /// <summary>Sends and reads the answer as a JSON object, with its HTTP status.</summary>
    public async Task<Result<(HttpStatusCode Status, JsonObject Body)>> SendForAnswerAsync(
        Func<HttpRequestMessage> request, CancellationToken cancellation, bool bounded = true)
    {
        var answer = await SendAsync(request, bounded, cancellation);
        if (!answer.TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            var body = await ReadAsync(response, async stream => await JsonNode.ParseAsync(stream, cancellationToken: cancellation) as JsonObject, cancellation);
            return body.Select(o => (response.StatusCode, o));
        }
    }

    /// <summary>The answer once its headers are here, or a problem for a status that is not a success. The caller disposes the answer.</summary>
    /// <param name="request">Makes the request anew for every attempt.</param>
    /// <param name="bounded">False for uploads and watches, which may take any time.</param>
    /// <param name="cancellation">Ends the call and its pauses.</param>
    public async Task<Result<HttpResponseMessage>> SendAsync(Func<HttpRequestMessage> request, bool bounded, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause + pause < LongestPause ? pause + pause : LongestPause)
        {
            using var message = request();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (bounded)
            {
                limit.CancelAfter(_options.Timeout);
            }

            try
            {
                var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                using (response)
                {
                    return await ProblemReader.ReadAsync(response, cancellation);
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new Problem(ProblemCode.DeadlineExceeded, $"{Server} did not answer within {_options.Timeout.TotalSeconds:0} s");
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                if (!MayRepeat(message.Method, fault) || _time.GetElapsedTime(started) + pause > _options.RetryFor)
                {
                    return Unreachable(fault);
                }
            }

            await Task.Delay(pause, _time, cancellation);
        }
    }

    public static HttpRequestMessage Request(HttpMethod method, string path, string accept = "application/json")
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    public Problem Unreachable(Exception fault) => Problem.Unavailable(IsRefused(fault)
        ? $"nothing answers at {Server}. Start a server with `slipway up`, or name another with --server or SLIPWAY_SERVER"
        : $"the connection to {Server} failed: {fault.GetBaseException().Message}");

    public void Dispose() => _http.Dispose();

    // A refused connection carried nothing, so any request may be sent again; a broken one may have been acted upon.
    private static bool MayRepeat(HttpMethod method, Exception fault) =>
        IsRefused(fault) || (method == HttpMethod.Get && fault.GetBaseException() is IOException or SocketException);

    private static bool IsRefused(Exception fault) => fault.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    private async Task<Result<T>> ReadAsync<T>(HttpResponseMessage response, Func<Stream, Task<T?>> read, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            return await read(body) is { } value ? value : NotSlipway(response, "null");
        }
        catch (JsonException fault)
        {
            return NotSlipway(response, fault.Message);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return Unreachable(fault);
        }
    }

    private Problem NotSlipway(HttpResponseMessage response, string why) => new(
        ProblemCode.Unsupported,
        $"{response.RequestMessage?.RequestUri} did not answer as a Slipway server does ({why}). Is {Server} the right address?");
}
