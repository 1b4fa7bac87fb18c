using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Traces.Tests;

/// <summary>Writes OpenTelemetry's protocol buffers by hand, and sends them.</summary>
internal static class Otlp
{
    public static byte[] Field(int number, byte[] content) => [.. Varint((ulong)(number << 3) | 2), .. Varint((ulong)content.Length), .. content];

    public static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    public static byte[] Fixed(int number, long value) => [.. Varint((ulong)(number << 3) | 1), .. BitConverter.GetBytes(value)];

    public static byte[] Integer(int number, long value) => [.. Varint((ulong)(number << 3)), .. Varint((ulong)value)];

    public static byte[] Real(int number, double value) => [.. Varint((ulong)(number << 3) | 1), .. BitConverter.GetBytes(value)];

    /// <summary>An AnyValue.</summary>
    public static byte[] Value(object? value) => value switch
    {
        null => [],
        string text => Text(1, text),
        bool flag => Integer(2, flag ? 1 : 0),
        int number => Integer(3, number),
        long number => Integer(3, number),
        double number => Real(4, number),
        object[] items => Field(5, [.. items.SelectMany(i => Field(1, Value(i)))]),
        Dictionary<string, object?> map => Field(6, [.. map.SelectMany(p => Field(1, Pair(p.Key, p.Value)))]),
        _ => throw new ArgumentException(value.GetType().Name),
    };

    public static byte[] Pair(string key, object? value) => [.. Text(1, key), .. Field(2, Value(value))];

    /// <param name="trace">A small number that becomes the 16 bytes of the id.</param>
    /// <param name="start">Milliseconds.</param>
    public static byte[] Span(int trace, int span, int parent, string name, long start, long? end, int status = 1, params (string Key, object? Value)[] attributes) =>
    [
        .. Field(1, Id(trace, 16)), .. Field(2, Id(span, 8)), .. parent == 0 ? [] : Field(4, Id(parent, 8)), .. Text(5, name), .. Fixed(7, start * 1_000_000),
        .. end is { } ended ? Fixed(8, ended * 1_000_000) : [], .. attributes.SelectMany(a => Field(9, Pair(a.Key, a.Value))),
        .. status == 0 ? [] : Field(15, Integer(3, status)),
    ];

    public static byte[] Export(params byte[][] spans) => Field(1, Field(2, [.. spans.SelectMany(s => Field(2, s))]));

    public static string TraceId(int trace) => "tr-" + Convert.ToHexStringLower(Id(trace, 16));

    public static async Task<(int Status, string Body)> SendAsync(TracesHost host, byte[] body, string experiment = "1", string type = "application/x-protobuf", string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (experiment.Length > 0)
        {
            request.Headers.Add("x-mlflow-experiment-id", experiment);
        }

        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var answer = await host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public static async Task LogAsync(TracesHost host, params byte[][] spans) => Assert.Equal((200, ""), await SendAsync(host, Export(spans)));

    private static byte[] Id(int number, int bytes)
    {
        var id = new byte[bytes];
        BitConverter.GetBytes(number).Reverse().ToArray().CopyTo(id, bytes - 4);
        return id;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
