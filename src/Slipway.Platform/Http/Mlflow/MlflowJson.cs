using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>How answers are written: snake_case, 64-bit integers as numbers, unset fields left out, doubles that JSON cannot say as text.</summary>
public static class MlflowJson
{
    // A buffer that once held a large page is not kept for ever.
    private const int MostKept = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // Clients' tests and eyes compare messages, so quotes and umlauts stay what they are.
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes <paramref name="value"/> unless it is null or empty, as protocol buffers leave out what is not set.</summary>
    public static void WriteSet(this Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.WriteString(name, value);
        }
    }

    public static void WriteSet(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    /// <summary>A double: NaN as <c>"NaN"</c>; infinities as the largest finite values, which is what MLflow's own stores give back for them.</summary>
    public static void WriteDouble(this Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsNaN(value))
        {
            writer.WriteString(name, "NaN");
        }
        else
        {
            writer.WriteNumber(name, double.Clamp(value, double.MinValue, double.MaxValue));
        }
    }

    /// <summary><c>[{"key": .., "value": ..}, ..]</c>, the form of tags and parameters; left out when there are none.</summary>
    public static void WritePairs(this Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var any = false;
        foreach (var (key, value) in pairs)
        {
            if (!any)
            {
                writer.WriteStartArray(name);
                any = true;
            }

            writer.WriteStartObject();
            writer.WriteString("key", key);
            writer.WriteString("value", value);
            writer.WriteEndObject();
        }

        if (any)
        {
            writer.WriteEndArray();
        }
    }

    /// <summary>Builds the object in memory of this thread and sends it with its length, so that an error half-way sends nothing.</summary>
    internal static async Task SendAsync(HttpContext http, int status, Action<Utf8JsonWriter> members)
    {
        var (buffer, writer) = (_buffer ?? new ArrayBufferWriter<byte>(1024), _writer ?? new Utf8JsonWriter(Stream.Null, Options));
        (_buffer, _writer) = (null, null);
        writer.Reset(buffer);
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
        writer.Flush();
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = buffer.WrittenCount;
        await response.BodyWriter.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
        if (buffer.Capacity <= MostKept)
        {
            buffer.ResetWrittenCount();
            (_buffer, _writer) = (buffer, writer);
        }
    }
}
