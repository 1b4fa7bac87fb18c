using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Bodies;

namespace Slipway.Serving.Natural;

/// <summary>
/// Reads a body of natural JSON. Python and TensorFlow write NaN and Infinity as bare words, which are not JSON: NaN is taken for null, a missing
/// number, since that is what its writers mean, and Infinity for a number that no other text stands for (<see cref="Infinity"/>).
/// </summary>
internal static class NaturalBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>What a bare Infinity is read as; a minus before it stays.</summary>
    public const string Infinity = "1e9999";

    /// <summary>The object; dispose the document.</summary>
    public static ValueTask<Result<JsonDocument>> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellation) =>
        RequestBody.ReadAsync(request, maxBytes, 0, static (body, _) => Parse(body), cancellation);

    internal static Result<JsonDocument> Parse(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return Problem.Invalid("The body is not JSON: it is not valid UTF-8");
        }

        try
        {
            var written = WithNulls(body);
            CheckEscapes(written);
            var document = JsonDocument.Parse(written, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return Problem.Invalid("The body must be a JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Problem.Invalid($"The body is not JSON: {e.Message}");
        }
    }

    /// <summary>Looks at escaped texts now: a document reads them only when asked, and then throws over half of a surrogate pair.</summary>
    private static void CheckEscapes(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }

    private static byte[] WithNulls(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("NaN"u8) < 0 && body.IndexOf("Infinity"u8) < 0)
        {
            return body.ToArray();
        }

        var written = new ArrayBufferWriter<byte>(body.Length + 64);
        var (inText, from) = (false, 0);
        for (var i = 0; i < body.Length; i++)
        {
            if (inText && body[i] == '\\')
            {
                i++;
            }
            else if (body[i] == '"')
            {
                inText = !inText;
            }
            else if (!inText && body[i..].StartsWith("NaN"u8))
            {
                written.Write(body[from..i]);
                written.Write("null"u8);
                from = i + 3;
                i += 2;
            }
            else if (!inText && body[i..].StartsWith("Infinity"u8))
            {
                written.Write(body[from..i]);
                written.Write("1e9999"u8);
                from = i + 8;
                i += 7;
            }
        }

        written.Write(body[from..]);
        return written.WrittenSpan.ToArray();
    }
}
