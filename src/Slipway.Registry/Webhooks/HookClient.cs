using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Kernel.Problems;
using Slipway.Platform.Secrets;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <param name="Status">Null: nobody answered, and <paramref name="Text"/> says why.</param>
/// <param name="Text">The beginning of the answer's body.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
internal sealed record HookAnswer(int? Status, string Text, TimeSpan? RetryAfter = null)
{
    public bool Succeeded => Status is < 400;

    public bool MayTryAgain => Status is null or 429 or >= 500;
}

/// <summary>Sends one request to a receiver, signed as MLflow signs: <c>v1,base64(HMAC-SHA256(secret, id.timestamp.body))</c>.</summary>
internal sealed class HookClient : IDisposable
{
    private const int LongestAnswer = 10_000;

    private readonly RegistryOptions _options;
    private readonly SecretBox _box;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public HookClient(RegistryOptions options, SecretBox box, TimeProvider time)
    {
        (_options, _box, _time) = (options, box, time);
        var handler = new SocketsHttpHandler
        {
            // A redirect could lead where the URL was not allowed to.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = options.AllowPrivateAddresses,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };
        if (!options.AllowPrivateAddresses)
        {
            // Checked where the connection is made: a name may resolve to something else by then.
            handler.ConnectCallback = ConnectPubliclyAsync;
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _client.Dispose();

    public async Task<HookAnswer> SendAsync(HookRow hook, string deliveryId, string payload, CancellationToken cancellation)
    {
        if (HookRules.Url(hook.Url, _options.Schemes) is { } refused)
        {
            return new HookAnswer(null, refused.Message);
        }

        var body = Encoding.UTF8.GetBytes(payload);
        using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("X-MLflow-Delivery-Id", deliveryId);
        request.Headers.Add("X-MLflow-Timestamp", timestamp);
        if (hook.Secret.Length > 0)
        {
            if (!Secret(hook).TryGet(out var secret, out var problem))
            {
                return new HookAnswer(null, problem.Message);
            }

            request.Headers.Add("X-MLflow-Signature", Sign(secret, deliveryId, timestamp, payload));
        }

        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return new HookAnswer((int)answer.StatusCode, await BeginningAsync(answer.Content, limit.Token), RetryAfter(answer));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new HookAnswer(null, $"no answer within {_options.Timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or ProblemException)
        {
            return new HookAnswer(null, exception.InnerException?.Message ?? exception.Message);
        }
    }

    private Result<string> Secret(HookRow hook) => hook.Sealed ? _box.Unseal(hook.Purpose, hook.Secret) : hook.Secret;

    public static string Sign(string secret, string deliveryId, string timestamp, string payload) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{deliveryId}.{timestamp}.{payload}")));

    private static async Task<string> BeginningAsync(HttpContent content, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var bytes = new byte[LongestAnswer];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(bytes, 0, read).Replace("\0", "", StringComparison.Ordinal);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date is { } date ? date - _time.GetUtcNow() : null) : null;

    private static async ValueTask<Stream> ConnectPubliclyAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
        if (addresses.FirstOrDefault(a => !PublicNet.Has(a)) is { } inner)
        {
            throw new ProblemException(Problem.Invalid($"Webhook URL must not resolve to a non-public IP address. '{context.DnsEndPoint.Host}' resolves to {inner}."));
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
