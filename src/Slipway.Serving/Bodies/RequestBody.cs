using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Serving.Bodies;

/// <summary>Makes something of a whole body, which is only lent for the call.</summary>
internal delegate Result<T> BodyParser<in TState, T>(ReadOnlySpan<byte> body, TState state);

/// <summary>Reads a request's body where Kestrel has put it, without copying it when it came in one piece; bounded, packed or not.</summary>
internal static class RequestBody
{
    public static async ValueTask<Result<T>> ReadAsync<TState, T>(
        HttpRequest request, int maxBytes, TState state, BodyParser<TState, T> parse, CancellationToken cancellation)
    {
        TakeAnySize(request.HttpContext);
        if (request.ContentLength > maxBytes)
        {
            return TooLarge(maxBytes);
        }

        if (!BodyCoding.Of(request.Headers.ContentEncoding).TryGet(out var coding, out var refused))
        {
            return refused;
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
                    var parsed = Parse(read.Buffer, coding, maxBytes, state, parse);
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    return parsed;
                }

                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException e)
        {
            return Problem.Invalid($"The body could not be read: {e.Message}");
        }
    }

    /// <summary>
    /// For who watches the size. Beyond a limit of its own Kestrel hangs up, and a caller that is still sending meets a broken connection instead of the answer. Without one
    /// it answers, and then reads on for as long as five seconds, so that the caller comes to the answer.
    /// </summary>
    public static void TakeAnySize(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    private static Problem TooLarge(int maxBytes) => new(ProblemCode.TooLarge, $"The body may have {maxBytes} bytes at most");

    private static Result<T> Parse<TState, T>(in ReadOnlySequence<byte> body, ContentCoding coding, int maxBytes, TState state, BodyParser<TState, T> parse)
    {
        if (coding != ContentCoding.Identity)
        {
            using var decoded = new PooledBytes((int)Math.Min(maxBytes, Math.Max(body.Length * 4, 1024)));
            return BodyCoding.Decode(body, coding, decoded, maxBytes) is { } broken ? broken : parse(decoded.Written.Span, state);
        }

        if (body.IsSingleSegment)
        {
            return parse(body.FirstSpan, state);
        }

        var length = (int)body.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(whole);
            return parse(whole.AsSpan(0, length), state);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
