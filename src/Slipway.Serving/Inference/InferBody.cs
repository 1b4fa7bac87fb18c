using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>Reads a request's body where Kestrel has put it, without copying it when it came in one piece.</summary>
internal static class InferBody
{
    public const string HeaderLength = "Inference-Header-Content-Length";

    public static async ValueTask<Result<InferenceRequest>> ReadAsync(HttpRequest request, ServiceRoute route, int maxBytes, CancellationToken cancellation)
    {
        if (request.ContentLength > maxBytes)
        {
            return TooLarge(maxBytes);
        }

        if (!BodyCoding.Of(request.Headers.ContentEncoding).TryGet(out var coding, out var refused)
            || !HeaderLengthOf(request.Headers[HeaderLength]).TryGet(out var header, out refused))
        {
            return refused;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = maxBytes;
        }

        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellation);
                if (read.Buffer.Length > maxBytes)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    return TooLarge(maxBytes);
                }

                if (read.IsCompleted)
                {
                    var started = Stopwatch.GetTimestamp();
                    var parsed = Parse(read.Buffer, coding, header, route, maxBytes);
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    if (parsed.Succeeded)
                    {
                        parsed.Value.ParseTime = Stopwatch.GetElapsedTime(started);
                    }

                    return parsed;
                }

                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge(maxBytes) : Problem.Invalid($"The body could not be read: {e.Message}");
        }
    }

    /// <summary>The header's number; -1 when it was not sent.</summary>
    private static Result<int> HeaderLengthOf(StringValues header) =>
        header.Count == 0 ? -1
        : int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : Problem.Invalid($"{HeaderLength}: '{header}' is not a number of bytes");

    private static Problem TooLarge(int maxBytes) => new(ProblemCode.TooLarge, $"The body may have {maxBytes} bytes at most");

    private static Result<InferenceRequest> Parse(in ReadOnlySequence<byte> body, ContentCoding coding, int header, ServiceRoute route, int maxBytes)
    {
        if (coding != ContentCoding.Identity)
        {
            using var decoded = new PooledBytes((int)Math.Min(maxBytes, Math.Max(body.Length * 4, 1024)));
            return BodyCoding.Decode(body, coding, decoded, maxBytes) is { } broken ? broken : Parse(decoded.Written.Span, header, route);
        }

        if (body.IsSingleSegment)
        {
            return Parse(body.FirstSpan, header, route);
        }

        var length = (int)body.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(whole);
            return Parse(whole.AsSpan(0, length), header, route);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static Result<InferenceRequest> Parse(ReadOnlySpan<byte> body, int header, ServiceRoute route)
    {
        if (header > body.Length)
        {
            return Problem.Invalid($"{HeaderLength}: is {header}, but the body has only {body.Length} bytes");
        }

        return header == 0 ? RawTensor.Read(body, route.Stable?.Model.Model.Inputs ?? []) : OipParser.Parse(body, route.Names, header);
    }
}
