using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http;

/// <summary>Reads a body of JSON lines as it arrives, a line at a time in memory.</summary>
public static class NdjsonBody
{
    private const int LongestLine = 8 * 1024 * 1024;

    /// <summary>The values in groups, each with the number of its line; empty lines are passed over.</summary>
    /// <param name="most">Values in a group.</param>
    /// <param name="maxBytes">Of the whole body.</param>
    /// <exception cref="ProblemException">A line is not such a value or too long, or the body is too large; what came before it was given out.</exception>
    public static async IAsyncEnumerable<IReadOnlyList<(long Line, T Value)>> ReadAsync<T>(
        HttpRequest request, JsonTypeInfo<T> type, int most, long maxBytes, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }

        var (line, values, total) = (0L, new List<(long, T)>(), 0L);
        while (true)
        {
            var read = await ReadAsync(request.BodyReader, maxBytes, cancellation);
            var buffer = read.Buffer;
            while (TryLine(ref buffer, read.IsCompleted, out var text))
            {
                line++;
                total += text.Length + 1;
                if (IsBlank(text))
                {
                    continue;
                }

                values.Add((line, Parse(text, type, line)));
                if (values.Count == most)
                {
                    yield return values;
                    values = [];
                }
            }

            if (buffer.Length > LongestLine || total > maxBytes)
            {
                throw new ProblemException(new Problem(
                    ProblemCode.TooLarge, buffer.Length > LongestLine ? $"line {line + 1} has more than {LongestLine} bytes; send it in several" : TooLarge(maxBytes)));
            }

            request.BodyReader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted && buffer.IsEmpty)
            {
                break;
            }
        }

        if (values.Count > 0)
        {
            yield return values;
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader body, long maxBytes, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(cancellation);
        }
        catch (BadHttpRequestException refused)
        {
            throw new ProblemException(
                refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? new Problem(ProblemCode.TooLarge, TooLarge(maxBytes)) : Problem.Invalid($"the body could not be read: {refused.Message}"));
        }
    }

    private static string TooLarge(long maxBytes) => $"the body has more than {maxBytes} bytes; send the lines in several requests";

    private static bool TryLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        line = buffer;
        if (!isLast || buffer.IsEmpty)
        {
            return false;
        }

        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static bool IsBlank(ReadOnlySequence<byte> text)
    {
        foreach (var part in text)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }

    private static T Parse<T>(ReadOnlySequence<byte> text, JsonTypeInfo<T> type, long line)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            return JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("it is null");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ProblemException(Problem.Invalid($"line {line}: {fault.Message}"));
        }
    }
}
