using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http;

/// <summary>Answers with JSON lines, written as they come.</summary>
public static class NdjsonAnswer
{
    public const string ContentType = "application/x-ndjson";

    private const int FlushAt = 64 * 1024;

    /// <param name="end">A last line by which the reader knows that the answer is whole, since a status cannot say it any more.</param>
    public static async Task WriteAsync<T>(HttpResponse response, IAsyncEnumerable<T> values, JsonTypeInfo<T> type, T end, CancellationToken cancellation)
    {
        response.ContentType = ContentType;
        await using var writer = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { SkipValidation = true });
        var unsent = 0L;
        await foreach (var value in values.WithCancellation(cancellation))
        {
            unsent += Write(response, writer, value, type);
            if (unsent > FlushAt)
            {
                await response.BodyWriter.FlushAsync(cancellation);
                unsent = 0;
            }
        }

        Write(response, writer, end, type);
        await response.BodyWriter.FlushAsync(cancellation);
    }

    private static long Write<T>(HttpResponse response, Utf8JsonWriter writer, T value, JsonTypeInfo<T> type)
    {
        writer.Reset();
        JsonSerializer.Serialize(writer, value, type);
        writer.Flush();
        response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
        response.BodyWriter.Advance(1);
        return writer.BytesCommitted + 1;
    }
}
