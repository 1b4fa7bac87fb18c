using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Otlp;

namespace Slipway.Traces.Spans;

/// <summary>
/// <c>POST /v1/traces</c>: OpenTelemetry's way to send spans, as protocol buffers or JSON, plain or compressed; the header
/// <c>x-mlflow-experiment-id</c> says whose traces they are. Any OpenTelemetry exporter can send here. Errors are told as MLflow's server tells them
/// at this address: <c>{"detail": ..}</c>.
/// </summary>
internal static class ReceiveSpans
{
    private const string ExperimentHeader = "x-mlflow-experiment-id";
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";
    private const int MostBytes = 64 << 20;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/traces", (RequestDelegate)HandleAsync).RequirePermission("traces.write");

    private static async Task HandleAsync(HttpContext http)
    {
        var fault = await ReceiveAsync(http);
        if (fault is null)
        {
            var json = IsJson(http.Request);
            http.Response.ContentType = json ? Json : Protobuf;
            if (json)
            {
                await http.Response.WriteAsync("{}", http.RequestAborted);
            }

            return;
        }

        // A client that is told 503 or 429 tries again later; the other codes mean that it should not.
        http.Response.StatusCode = fault.Code switch
        {
            ProblemCode.Invalid or ProblemCode.UnsupportedMediaType => StatusCodes.Status400BadRequest,
            ProblemCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
            ProblemCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
            ProblemCode.Exhausted => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status422UnprocessableEntity,
        };
        http.Response.ContentType = Json;
        await http.Response.WriteAsync(JsonText.Of(new System.Text.Json.Nodes.JsonObject { ["detail"] = fault.Message }), http.RequestAborted);
    }

    private static async Task<Problem?> ReceiveAsync(HttpContext http)
    {
        var experiment = http.Request.Headers[ExperimentHeader].ToString();
        if (experiment.Length == 0)
        {
            return new Problem(ProblemCode.NotFound, $"the header {ExperimentHeader} is missing: it says which experiment the traces belong to");
        }

        if (!MlflowWorkspace.Of(http.Request).TryGet(out var ns, out var problem) || !(await BodyAsync(http)).TryGet(out var body, out problem)
            || !Parse(http.Request, body).TryGet(out var spans, out problem))
        {
            return problem;
        }

        var recorder = http.RequestServices.GetRequiredService<TraceRecorder>();
        var faults = new List<Problem>();
        foreach (var trace in spans.GroupBy(s => s.TraceId, StringComparer.Ordinal))
        {
            // Each trace stands for itself: what one lacks does not lose the others.
            if ((await recorder.AddSpansAsync(ns, experiment, [.. trace], http.RequestAborted)).Problem is { } fault)
            {
                faults.Add(fault with { Message = $"Trace {trace.Key}: {fault.Message}" });
            }
        }

        return faults.Count == 0
            ? null
            : new Problem(faults.Any(f => f.Code == ProblemCode.Unavailable) ? ProblemCode.Unavailable : ProblemCode.NotFound, $"Failed to log OpenTelemetry spans: {string.Join('\n', faults.Take(20).Select(f => f.Message))}");
    }

    private static Result<List<Span>> Parse(HttpRequest request, byte[] body)
    {
        try
        {
            List<Span> spans;
            if (IsJson(request))
            {
                using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
                spans = OtlpJson.Read(document.RootElement);
            }
            else if (MediaType(request) == Protobuf)
            {
                spans = OtlpProtobuf.Read(body);
            }
            else
            {
                return new Problem(ProblemCode.UnsupportedMediaType, $"Invalid Content-Type: {request.ContentType}. Expected: {Protobuf} or {Json}");
            }

            return spans.Count == 0 ? Problem.Invalid("Invalid OpenTelemetry protobuf format - no spans found") : spans;
        }
        catch (SpanFault fault)
        {
            return new Problem(ProblemCode.Conflict, $"Cannot convert OpenTelemetry span to MLflow span: {fault.Message}");
        }
        catch (Exception fault) when (fault is ProtoFault or JsonException)
        {
            return Problem.Invalid($"Invalid OpenTelemetry protobuf format: {fault.Message}");
        }
    }

    private static async Task<Result<byte[]>> BodyAsync(HttpContext http)
    {
        var encoding = http.Request.Headers.ContentEncoding.ToString().ToLowerInvariant();
        try
        {
            await using var body = encoding switch
            {
                "" or "identity" => http.Request.Body,
                "gzip" => new GZipStream(http.Request.Body, CompressionMode.Decompress),
                "deflate" => (Stream)new ZLibStream(http.Request.Body, CompressionMode.Decompress),
                _ => Stream.Null,
            };
            if (body == Stream.Null)
            {
                return Problem.Invalid($"Unsupported Content-Encoding: {encoding}. Supported: gzip, deflate");
            }

            using var buffer = new MemoryStream();
            var piece = new byte[32 << 10];
            for (int read; (read = await body.ReadAsync(piece, http.RequestAborted)) > 0;)
            {
                if (buffer.Length + read > MostBytes)
                {
                    return new Problem(ProblemCode.TooLarge, $"an export may have at most {MostBytes} bytes after it is unpacked; send fewer spans at once");
                }

                buffer.Write(piece, 0, read);
            }

            return buffer.ToArray();
        }
        catch (Exception fault) when (fault is InvalidDataException or BadHttpRequestException)
        {
            return Problem.Invalid($"Failed to decompress {encoding} payload: {fault.Message}");
        }
    }

    private static bool IsJson(HttpRequest request) => MediaType(request) == Json;

    private static string MediaType(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
}
