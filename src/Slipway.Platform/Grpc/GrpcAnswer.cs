using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Grpc;

/// <summary>What every gRPC answer has: its content type, and the status in the trailers (grpc/doc/PROTOCOL-HTTP2.md).</summary>
public static class GrpcAnswer
{
    public const string ContentType = "application/grpc";

    private const string Unreserved = " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    /// <summary>Before anything is written.</summary>
    public static void Begin(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
    }

    public static void End(HttpResponse response, GrpcStatus status, string? message = null)
    {
        var code = status == GrpcStatus.Ok ? "0" : ((int)status).ToString(CultureInfo.InvariantCulture);
        var words = string.IsNullOrEmpty(message) ? null : Escape(message);

        // Without a body Kestrel would send the trailers of an HTTP/1 answer nowhere: such a caller reads them as headers.
        if (!response.SupportsTrailers())
        {
            if (!response.HasStarted)
            {
                response.Headers["grpc-status"] = code;
                response.Headers["grpc-message"] = words;
            }

            return;
        }

        response.AppendTrailer("grpc-status", code);
        if (words is not null)
        {
            response.AppendTrailer("grpc-message", words);
        }
    }

    /// <summary>A whole answer that is a refusal.</summary>
    public static Task RefuseAsync(HttpContext http, Problem problem)
    {
        Begin(http.Response);
        End(http.Response, GrpcStatuses.Of(problem.Code), problem.Message);
        return Task.CompletedTask;
    }

    /// <summary>Percent-encodes what may not stand in a header.</summary>
    private static string Escape(string message)
    {
        if (!message.AsSpan().ContainsAnyExcept(Unreserved))
        {
            return message;
        }

        var escaped = new StringBuilder(message.Length + 16);
        foreach (var unit in Encoding.UTF8.GetBytes(message))
        {
            if (unit is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                escaped.Append((char)unit);
            }
            else
            {
                escaped.Append('%').Append(unit.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}
