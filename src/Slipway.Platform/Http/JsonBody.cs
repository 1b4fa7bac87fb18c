using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http;

/// <summary>Reads request bodies of our own API: bounded, and every way in which they can be wrong is a problem with words.</summary>
public static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>A JSON object of at most <paramref name="maxBytes"/>.</summary>
    public static async Task<Result<JsonObject>> ReadObjectAsync(HttpRequest request, CancellationToken cancellation, int maxBytes = 4 * 1024 * 1024)
    {
        if (!(await ReadBytesAsync(request, maxBytes, cancellation)).TryGet(out var bytes, out var problem))
        {
            return problem;
        }

        try
        {
            // Duplicate members only show when the object is first looked into; Count looks.
            return JsonNode.Parse(bytes, documentOptions: Options) is JsonObject { Count: >= 0 } body
                ? body
                : Problem.Invalid("the request body must be a JSON object");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return Problem.Invalid($"the request body is not valid JSON: {exception.Message}");
        }
    }

    private static async Task<Result<byte[]>> ReadBytesAsync(HttpRequest request, int maxBytes, CancellationToken cancellation)
    {
        var tooLarge = new Problem(ProblemCode.TooLarge, $"the request body may have at most {maxBytes} bytes");
        if (request.ContentLength > maxBytes)
        {
            return tooLarge;
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        try
        {
            while (await request.Body.ReadAsync(chunk, cancellation) is var read and > 0)
            {
                if (buffer.Length + read > maxBytes)
                {
                    return tooLarge;
                }

                buffer.Write(chunk, 0, read);
            }
        }
        catch (BadHttpRequestException exception)
        {
            return Problem.Invalid($"the request body could not be read: {exception.Message}");
        }

        return buffer.ToArray();
    }
}
