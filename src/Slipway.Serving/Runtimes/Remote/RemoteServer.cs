using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>What another server answered.</summary>
/// <param name="Header">The length of its JSON when binary blocks follow; -1 when all is JSON.</param>
internal sealed record RemoteAnswer(byte[] Body, int Header);

/// <summary>
/// Calls to one remote model: limited in time and size, repeated only while nothing can have been sent, and not made at all while the server is known
/// to be down.
/// </summary>
internal sealed class RemoteServer(OutboundHttp http, RemoteTarget target, TimeSpan longest, int maxBytes, TimeProvider time) : IDisposable
{
    public const string HeaderLength = "Inference-Header-Content-Length";

    /// <summary>A pod that is being replaced is back within moments; whoever waits longer is better told.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100)];

    private readonly RemoteBreaker _breaker = new(time, token => IsUpAsync(http, target, token));

    public Task<Result<RemoteAnswer>> GetAsync(Uri address, CancellationToken cancellation) => CallAsync(HttpMethod.Get, address, default, -1, cancellation);

    /// <param name="header">The length of the body's JSON when binary blocks follow; -1 when all is JSON.</param>
    public Task<Result<RemoteAnswer>> PostAsync(Uri address, ReadOnlyMemory<byte> body, int header, CancellationToken cancellation) =>
        CallAsync(HttpMethod.Post, address, body, header, cancellation);

    public void Dispose() => _breaker.Dispose();

    private async Task<Result<RemoteAnswer>> CallAsync(HttpMethod method, Uri address, ReadOnlyMemory<byte> body, int header, CancellationToken cancellation)
    {
        if (_breaker.ClosedFor is { } wait)
        {
            return Problem.Unavailable($"{target.Model} does not answer; it is asked again in {wait.TotalSeconds:0.#} s", wait);
        }

        using var clock = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, clock.Token);
        try
        {
            return await SendAsync(method, address, body, header, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _breaker.OnFailure();
            return new Problem(ProblemCode.DeadlineExceeded, $"{target.Model} did not answer within {longest.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            _breaker.OnFailure();
            return Problem.Unavailable($"{target.Model} cannot be reached: {e.Message}", TimeSpan.FromSeconds(1));
        }
    }

    private async Task<Result<RemoteAnswer>> SendAsync(HttpMethod method, Uri address, ReadOnlyMemory<byte> body, int header, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var request = Request(method, address, body, header);
                using var response = await http.SendAsync(request, cancellation);
                var read = await OutboundHttp.ReadAsync(response, maxBytes, cancellation);
                _breaker.OnAnswer((int)response.StatusCode);
                return !read.TryGet(out var answered, out var problem) ? new Problem(ProblemCode.Internal, $"{target.Model}: {problem.Message}")
                    : response.IsSuccessStatusCode ? new RemoteAnswer(answered, HeaderOf(response))
                    : RemoteErrors.Of(target.Model, response, answered);
            }
            catch (HttpRequestException e) when (attempt < Pauses.Length && e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
            {
                // Not even connected, so the request is safe to send again; after that, the model may be at work on it.
                await Task.Delay(Pauses[attempt], time, cancellation);
            }
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address, ReadOnlyMemory<byte> body, int header)
    {
        var request = new HttpRequestMessage(method, address);
        if (method == HttpMethod.Post)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(header < 0 ? "application/json" : "application/octet-stream");
            if (header >= 0)
            {
                request.Headers.TryAddWithoutValidation(HeaderLength, header.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return request;
    }

    private static int HeaderOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(HeaderLength, out var values)
        && int.TryParse(values.First(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length)
            ? length
            : -1;

    /// <summary>Readiness for V2, the model's state for V1.</summary>
    private static async Task<bool> IsUpAsync(OutboundHttp http, RemoteTarget target, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Protocol == RemoteProtocol.V2 ? new Uri($"{target.Model}/ready") : target.Model);
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>What another server's refusal means for the caller of this one.</summary>
internal static class RemoteErrors
{
    private const int LongestText = 2000;

    public static Problem Of(Uri model, HttpResponseMessage response, byte[] body)
    {
        var text = TextOf(body);
        var retry = response.Headers.RetryAfter?.Delta;
        return response.StatusCode switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => Problem.Invalid(text),
            HttpStatusCode.RequestEntityTooLarge => new Problem(ProblemCode.TooLarge, text),
            HttpStatusCode.TooManyRequests => new Problem(ProblemCode.Exhausted, $"{model} is overloaded: {text}") { RetryAfter = retry ?? TimeSpan.FromSeconds(1) },
            HttpStatusCode.ServiceUnavailable => Problem.Unavailable($"{model} is not available: {text}", retry ?? TimeSpan.FromSeconds(1)),
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => new Problem(ProblemCode.DeadlineExceeded, $"{model} took too long: {text}"),

            // These are about how this server calls the other one: nothing that its caller could mend.
            HttpStatusCode.NotFound => Problem.Unavailable($"{model} is not there: {text}"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Problem.Unavailable($"{model} does not let this server in: {text}"),
            var other => new Problem(ProblemCode.Internal, $"{model} failed with {(int)other}: {text}"),
        };
    }

    /// <summary>The text of <c>{"error": ...}</c>, or whatever came.</summary>
    private static string TextOf(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            foreach (var member in new[] { "error", "detail", "message" })
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(member, out var said))
                {
                    return Short(said.ValueKind == JsonValueKind.String ? said.GetString()! : said.GetRawText());
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON: told as it is.
        }

        return Short(System.Text.Encoding.UTF8.GetString(body));
    }

    private static string Short(string text) => text.Length > LongestText ? text[..LongestText] + "..." : text;
}
