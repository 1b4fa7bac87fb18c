using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>A body as JSON, whichever of the two notations it came in.</summary>
/// <param name="Duplicates">Paths of members that stood there twice; the last one counts.</param>
internal sealed record ParsedBody(JsonNode? Json, IReadOnlyList<string> Duplicates);

internal static class RequestBody
{
    /// <summary>As in Kubernetes.</summary>
    public const int MostBytes = 3 * 1024 * 1024;

    public static string MediaTypeOf(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>Reads a whole object; an absent content type counts as JSON.</summary>
    public static async Task<Result<ParsedBody>> ReadObjectAsync(HttpRequest request, CancellationToken cancellation)
    {
        var media = MediaTypeOf(request);
        return media switch
        {
            "" or "application/json" or "text/json" => await ReadAsync(request, yaml: false, cancellation),
            ProtobufBody.MediaType => await ReadProtobufAsync(request, cancellation),
            "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" => await ReadAsync(request, yaml: true, cancellation),
            _ => new Problem(ProblemCode.UnsupportedMediaType, $"the body of the request was in an unknown format ({media}) - accepted media types include: application/json, application/yaml"),
        };
    }

    /// <summary>An empty body reads as null.</summary>
    public static async Task<Result<ParsedBody>> ReadAsync(HttpRequest request, bool yaml, CancellationToken cancellation)
    {
        if (await ReadBytesAsync(request, cancellation) is not { } bytes)
        {
            return TooLarge();
        }

        if (bytes.Length == 0)
        {
            return new ParsedBody(null, []);
        }

        // Every JSON text is YAML, and the JSON reader is much faster and stricter about it.
        return yaml && bytes.AsSpan().TrimStart(" \t\r\n"u8) is not [(byte)'{', ..] ? YamlBody.Parse(bytes) : ParseJson(bytes);
    }

    private static Problem TooLarge() =>
        new(ProblemCode.TooLarge, $"Request entity too large: limit is {MostBytes} bytes; keep large content in the object store and refer to it");

    private static async Task<Result<ParsedBody>> ReadProtobufAsync(HttpRequest request, CancellationToken cancellation) =>
        await ReadBytesAsync(request, cancellation) is not { } bytes ? TooLarge() : bytes.Length == 0 ? new ParsedBody(null, []) : ProtobufBody.Parse(bytes);

    internal static Result<ParsedBody> ParseJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var duplicates = new List<string>();
            return new ParsedBody(Convert(document.RootElement.Clone(), "", duplicates), duplicates);
        }
        catch (JsonException e)
        {
            return Problem.Invalid($"the body is not JSON: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            return Problem.Invalid("the body has text that is not valid Unicode (half of a surrogate pair)");
        }
    }

    private static JsonNode? Convert(JsonElement element, string path, List<string> duplicates)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var obj = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    var at = SchemaCheck.Join(path, member.Name);
                    if (obj.ContainsKey(member.Name))
                    {
                        duplicates.Add(at);
                    }

                    obj[member.Name] = Convert(member.Value, at, duplicates);
                }

                return obj;
            case JsonValueKind.Array:
                var array = new JsonArray();
                foreach (var item in element.EnumerateArray())
                {
                    array.Add(Convert(item, $"{path}[{array.Count}]", duplicates));
                }

                return array;
            case JsonValueKind.String:
                // Read here, so that broken Unicode is found here and not somewhere within.
                return JsonValue.Create(element.GetString());
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(element);
        }
    }

    /// <summary>Null when the body is larger than allowed.</summary>
    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MostBytes)
        {
            return null;
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.Buffer.Length > MostBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
