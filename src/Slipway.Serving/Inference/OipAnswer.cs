using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>The one place where this protocol's answers and problems are put on the wire: JSON, errors as <c>{"error": "..."}</c>.</summary>
internal static class OipAnswer
{
    public static async Task WriteAsync(HttpContext http, int status, PooledBytes body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body.Written, http.RequestAborted);
    }

    public static async Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBytes();
        using (var writer = new Utf8JsonWriter(body, OipWriter.Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        await WriteAsync(http, status, body);
    }

    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        if (problem.RetryAfter is { } delay)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(http, ProblemAnswer.StatusOf(problem.Code), writer => writer.WriteString("error", problem.Message));
    }
}
