using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http;

/// <summary>Reads request bodies of our own API: bounded, and every way in which they can be wrong is a problem with words.</summary>
public static class JsonBody
{
    // Without the last, members that stand twice would only show when the object is first looked into, far from here.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>A JSON object of at most <paramref name="maxBytes"/>.</summary>
    public static async Task<Result<JsonObject>> ReadObjectAsync(HttpRequest request, CancellationToken cancellation, int maxBytes = 4 * 1024 * 1024)
    {
        if (!(await ReadBytesAsync(request, maxBytes, cancellation)).TryGet(out var bytes, out var problem))
        {
            return problem;
        }

        try
        {
            if (JsonNode.Parse(bytes, documentOptions: Options) is not JsonObject body)
            {
                return Problem.Invalid("the request body must be a JSON object");
            }

            ReadTexts(body);
            return body;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Problem.Invalid($"the request body is not valid JSON: {exception.Message}");
        }
    }

    /// <summary>Text is decoded when it is first read; half a surrogate pair (<c>"\ud800"</c>) throws then, so all of it is read here.</summary>
    private static void ReadTexts(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, member) in members)
                {
                    ReadTexts(member);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    ReadTexts(item);
                }

                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
            default:
                break;
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
