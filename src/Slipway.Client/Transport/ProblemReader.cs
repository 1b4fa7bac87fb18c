using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Transport;

/// <summary>Reads what a server says when it refuses: a Kubernetes Status, an RFC 9457 problem, the <c>message</c> of Kubeflow Pipelines, or plain text.</summary>
internal static class ProblemReader
{
    // More than any honest error needs; a server that streams without end must not fill our memory.
    private const int LongestBody = 256 * 1024;

    public static async Task<Problem> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await ReadTextAsync(response, cancellation);
        var body = Parse(text);
        var problem = Text(body, "kind") == "Status" ? FromStatus(body!, response.StatusCode)
            : Text(body, "detail") is { } detail ? FromProblemDetails(body!, detail, response.StatusCode)
            : Text(body, "error") is { } error ? new Problem(CodeOf(response.StatusCode, null), error)
            : new Problem(CodeOf(response.StatusCode, null), Text(body, "message") ?? Plain(text, response));
        return response.Headers.RetryAfter?.Delta is { } delay ? problem with { RetryAfter = delay } : problem;
    }

    /// <summary>A Status object as a problem; also used for the ERROR events of a watch.</summary>
    public static Problem FromStatus(JsonObject status, HttpStatusCode fallback)
    {
        var code = (int?)Number(status["code"]) is { } number and >= 400 ? (HttpStatusCode)number : fallback;
        var reason = Text(status, "reason");
        var faults = (status["details"] as JsonObject)?["causes"] is JsonArray causes
            ? causes.OfType<JsonObject>().Select(c => new Fault(Text(c, "field") ?? "", Text(c, "message") ?? "")).ToArray()
            : [];
        return new Problem(CodeOf(code, reason), Text(status, "message") ?? reason ?? $"HTTP {(int)code}") { Faults = faults };
    }

    private static Problem FromProblemDetails(JsonObject body, string detail, HttpStatusCode status)
    {
        var code = Enum.TryParse<ProblemCode>(Text(body, "title"), out var named) ? named : CodeOf(status, null);
        var faults = body["errors"] is JsonArray errors
            ? errors.OfType<JsonObject>().Select(e => new Fault(Text(e, "path") ?? "", Text(e, "message") ?? "")).ToArray()
            : [];
        return new Problem(code, detail) { Faults = faults };
    }

    private static ProblemCode CodeOf(HttpStatusCode status, string? reason) => (int)status switch
    {
        400 or 422 => ProblemCode.Invalid,
        401 => ProblemCode.Unauthenticated,
        403 => ProblemCode.Forbidden,
        404 => ProblemCode.NotFound,
        405 => ProblemCode.MethodNotAllowed,
        409 => reason == "AlreadyExists" ? ProblemCode.AlreadyExists : ProblemCode.Conflict,
        410 => ProblemCode.Expired,
        413 => ProblemCode.TooLarge,
        415 => ProblemCode.UnsupportedMediaType,
        429 => ProblemCode.Exhausted,
        501 => ProblemCode.Unsupported,
        502 or 503 => ProblemCode.Unavailable,
        504 => ProblemCode.DeadlineExceeded,
        _ => ProblemCode.Internal,
    };

    private static string Plain(string text, HttpResponseMessage response)
    {
        var line = text.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        var first = (end < 0 ? line : line[..end])[..Math.Min(end < 0 ? line.Length : end, 300)];
        var request = response.RequestMessage;
        var what = $"{request?.Method} {request?.RequestUri?.AbsolutePath} answered {(int)response.StatusCode}";
        return first.IsEmpty || first[0] is '<' or '{' ? what : $"{what}: {first}";
    }

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            var buffer = new byte[LongestBody];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return "";
        }
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject? body, string member) => body?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}
