using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Sinks;

/// <summary>One half of an exchange, as the sink is told of it.</summary>
/// <param name="Headers">Its HTTP headers, or gRPC metadata.</param>
internal sealed record PayloadHalf(DateTimeOffset Time, string ContentType, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body);

/// <summary>What both halves of an exchange have in common.</summary>
/// <param name="Id">The incoming Ce-Id, or a new one: how request and response are joined.</param>
/// <param name="Source">This server's address.</param>
/// <param name="Answered">Revision, model version and whether it was a canary; null when none answered.</param>
internal sealed record PayloadEventHead(
    string Id, string Source, string Namespace, string Service, string Component, string? PredictionId, (string Revision, string Version, bool IsCanary)? Answered);

/// <summary>
/// KServe's payload events: CloudEvents 1.0 over HTTP in binary mode, the payload as it was for a body. Beside KServe's attributes stand
/// <c>ce-predictionid</c>, <c>ce-revision</c> and <c>ce-modelversion</c>, with which feedback and payload files are joined.
/// </summary>
internal static class CloudEvents
{
    public const string RequestType = "org.kubeflow.serving.inference.request";
    public const string ResponseType = "org.kubeflow.serving.inference.response";

    private const int LongestId = 256;

    /// <summary>Headers of payloads without which a body cannot be read.</summary>
    private static readonly string[] Kept = ["Inference-Header-Content-Length"];

    public static SinkEvent Build(string type, PayloadEventHead head, PayloadHalf half, LoggerSpec logger, IHeaderDictionary requestHeaders, DateTimeOffset now, int? status)
    {
        var headers = new List<(string, string)>
        {
            ("ce-specversion", "1.0"), ("ce-id", head.Id), ("ce-type", type), ("ce-source", head.Source), ("ce-time", Write(half.Time)),
            ("ce-recordedtime", Write(now)), ("ce-inferenceservicename", head.Service), ("ce-namespace", head.Namespace), ("ce-component", head.Component),
            ("ce-endpoint", head.Answered is { IsCanary: true } ? "canary" : "default"), ("ce-metadata", Metadata(logger.Headers, requestHeaders)),
            ("ce-annotations", Annotations(logger.Annotations)),
        };
        if (head.PredictionId is { } prediction && IsPlain(prediction))
        {
            headers.Add(("ce-predictionid", prediction));
        }

        if (head.Answered is var (revision, version, _))
        {
            headers.Add(("ce-revision", revision));
            headers.Add(("ce-modelversion", version));
        }

        if (status is { } code)
        {
            headers.Add(("ce-statuscode", code.ToString(CultureInfo.InvariantCulture)));
        }

        headers.AddRange(Kept.Where(half.Headers.ContainsKey).Select(name => (name, half.Headers[name].ToString())));
        var coding = half.Headers.ContentEncoding.ToString();
        return new SinkEvent(headers, half.ContentType, coding.Length == 0 ? null : coding, half.Body);
    }

    /// <summary>The caller's Ce-Id when it can be one, else the one given.</summary>
    public static string IdOf(IHeaderDictionary headers, Func<string> otherwise) =>
        headers["Ce-Id"].ToString() is { Length: > 0 } sent && IsPlain(sent) ? sent : otherwise();

    /// <summary>Whether a header can carry it.</summary>
    private static bool IsPlain(string text) => text.Length <= LongestId && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static string Metadata(IReadOnlyList<string> names, IHeaderDictionary headers) => Json(writer =>
    {
        foreach (var name in names.Where(headers.ContainsKey).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            writer.WriteStartArray(name);
            foreach (var value in headers[name])
            {
                writer.WriteStringValue(value);
            }

            writer.WriteEndArray();
        }
    });

    private static string Annotations(IReadOnlyDictionary<string, string> annotations) => Json(writer =>
    {
        foreach (var (name, value) in annotations)
        {
            writer.WriteString(name, value);
        }
    });

    /// <summary>With every character beyond ASCII escaped, as a header needs it.</summary>
    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.ASCII.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
