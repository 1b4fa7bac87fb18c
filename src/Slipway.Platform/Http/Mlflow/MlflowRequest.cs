using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// The fields of one request, read with the leniency of protocol buffers' JSON: unknown fields are ignored, names may be snake_case or camelCase,
/// null is absent, 64-bit integers may be text. A GET's query string reads the same way; keys given several times are lists.
/// </summary>
public sealed class MlflowRequest : IDisposable
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    private readonly JsonDocument _document;
    private readonly byte[]? _pooled;

    private MlflowRequest(JsonDocument document, byte[]? pooled, bool query)
    {
        (_document, _pooled) = (document, pooled);
        Fields = MlflowFields.Root(document.RootElement, query);
    }

    public MlflowFields Fields { get; }

    /// <summary>A body's length in bytes is bounded; whatever cannot be read is a problem in words.</summary>
    public static async Task<Result<MlflowRequest>> ReadAsync(HttpRequest request, int mostBytes, CancellationToken cancellation)
    {
        if (HttpMethods.IsGet(request.Method) && request.QueryString.HasValue)
        {
            return FromQuery(request.Query);
        }

        if ((HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method)) && CheckType(request) is { } wrongType)
        {
            return wrongType;
        }

        if (request.ContentLength > mostBytes)
        {
            return TooLarge(mostBytes);
        }

        try
        {
            return await FromBodyAsync(request, mostBytes, cancellation);
        }
        catch (BadHttpRequestException exception)
        {
            return Malformed($"the request body could not be read: {exception.Message}");
        }
    }

    public void Dispose()
    {
        _document.Dispose();
        if (_pooled is not null)
        {
            ArrayPool<byte>.Shared.Return(_pooled);
        }
    }

    private static Problem TooLarge(int mostBytes) => new(ProblemCode.TooLarge, $"The request body may have at most {mostBytes} bytes.");

    private static Problem Malformed(string message) => Problem.Invalid($"Bad Request. {message}") with { Reason = MlflowCode.BadRequest };

    // A page of another web origin can post forms and plain text without asking first, but not JSON.
    private static Problem? CheckType(HttpRequest request)
    {
        var type = request.ContentType;
        if (type is null)
        {
            return Problem.Invalid("Bad Request. Content-Type header is missing.");
        }

        var end = type.IndexOf(';', StringComparison.Ordinal);
        var media = (end < 0 ? type.AsSpan() : type.AsSpan(0, end)).Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            ? null
            : Problem.Invalid("Bad Request. Content-Type must be one of ['application/json'].");
    }

    private static async Task<Result<MlflowRequest>> FromBodyAsync(HttpRequest request, int mostBytes, CancellationToken cancellation)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.Buffer.Length > mostBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return TooLarge(mostBytes);
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            // The document refers to its bytes, and the pipe takes its own back.
            var length = (int)read.Buffer.Length;
            var pooled = ArrayPool<byte>.Shared.Rent(Math.Max(length, 16));
            read.Buffer.CopyTo(pooled);
            reader.AdvanceTo(read.Buffer.End);
            return Parse(pooled, length);
        }
    }

    private static Result<MlflowRequest> Parse(byte[] pooled, int length)
    {
        try
        {
            var text = pooled.AsMemory(0, length);
            var document = JsonDocument.Parse(text.Span.Trim(" \t\r\n"u8).Length == 0 ? "{}"u8.ToArray() : text, Options);
            if (document.RootElement.ValueKind == JsonValueKind.String)
            {
                // Old clients send the JSON as a JSON string.
                var inner = JsonDocument.Parse(document.RootElement.GetString()!, Options);
                document.Dispose();
                document = inner;
            }

            if (document.RootElement.ValueKind is JsonValueKind.Object)
            {
                return new MlflowRequest(document, pooled, query: false);
            }

            document.Dispose();
            ArrayPool<byte>.Shared.Return(pooled);
            return Malformed("The request body must be a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            ArrayPool<byte>.Shared.Return(pooled);
            return Malformed($"The request body is not valid JSON: {exception.Message}");
        }
    }

    private static MlflowRequest FromQuery(IQueryCollection query)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, MlflowJson.Options))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in query)
            {
                writer.WriteStartArray(name);
                foreach (var value in values)
                {
                    writer.WriteStringValue(value ?? "");
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return new MlflowRequest(JsonDocument.Parse(buffer.WrittenMemory), null, query: true);
    }
}
