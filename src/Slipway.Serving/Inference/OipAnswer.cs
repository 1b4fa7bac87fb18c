using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>The one place where this protocol's answers and problems are put on the wire: JSON, errors as <c>{"error": "..."}</c>.</summary>
internal static class OipAnswer
{
    /// <summary>Tells a caller who sent no id which one to give feedback on.</summary>
    public const string PredictionIdHeader = "Slipway-Prediction-Id";

    /// <summary>Sends an inference answer, packed when the caller takes that.</summary>
    /// <param name="header">The length of its JSON when binary blocks follow, counted before packing; else 0.</param>
    public static async Task WriteInferenceAsync(HttpContext http, PooledBytes body, int header)
    {
        var response = http.Response;
        response.ContentType = header == 0 ? "application/json" : "application/octet-stream";
        if (header > 0)
        {
            response.Headers[InferBody.HeaderLength] = header.ToString(CultureInfo.InvariantCulture);
        }

        var accepted = http.Request.Headers.AcceptEncoding;
        if (accepted.Count == 0 || BodyCoding.Accepted(accepted) is var coding && coding == ContentCoding.Identity)
        {
            response.ContentLength = body.Length;
            await response.BodyWriter.WriteAsync(body.Written, http.RequestAborted);
            return;
        }

        response.Headers.ContentEncoding = BodyCoding.NameOf(coding);
        using var packed = BodyCoding.Encode(body.Written, coding);
        response.ContentLength = packed.Length;
        await response.BodyWriter.WriteAsync(packed.Written, http.RequestAborted);
    }

    public static async Task WriteAsync(HttpContext http, int status, PooledBytes body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body.Written, http.RequestAborted);
    }

    public static Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write) => WriteValueAsync(http, status, writer =>
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    });

    public static Task WriteListAsync(HttpContext http, Action<Utf8JsonWriter> write) => WriteValueAsync(http, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartArray();
        write(writer);
        writer.WriteEndArray();
    });

    private static async Task WriteValueAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBytes();
        using (var writer = new Utf8JsonWriter(body, OipWriter.Options))
        {
            write(writer);
        }

        await WriteAsync(http, status, body);
    }

    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        SetHeaders(http, problem);
        return WriteAsync(http, ProblemAnswer.StatusOf(problem.Code), writer => writer.WriteString("error", problem.Message));
    }

    /// <summary>What a refusal says beside its body: when to come again, what would be understood.</summary>
    public static void SetHeaders(HttpContext http, Problem problem)
    {
        if (problem.RetryAfter is { } delay)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Code == ProblemCode.UnsupportedMediaType)
        {
            http.Response.Headers.AcceptEncoding = BodyCoding.Offered;
        }
    }
}
