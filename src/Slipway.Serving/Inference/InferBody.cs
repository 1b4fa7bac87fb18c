using System.Buffers;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>Reads a request's body where Kestrel has put it, without copying it when it came in one piece.</summary>
internal static class InferBody
{
    public static async ValueTask<Result<OipRequest>> ReadAsync(HttpRequest request, NameTable names, int maxBytes, CancellationToken cancellation)
    {
        if (Refuse(request, maxBytes) is { } refused)
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
                    var parsed = Parse(read.Buffer, names);
                    request.BodyReader.AdvanceTo(read.Buffer.End);
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

    private static Problem? Refuse(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes)
        {
            return TooLarge(maxBytes);
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            return new Problem(ProblemCode.UnsupportedMediaType, $"Content-Encoding '{request.Headers.ContentEncoding}' is not supported; send the body uncompressed");
        }

        return request.Headers.ContainsKey("Inference-Header-Content-Length")
            ? Problem.Invalid("This server does not offer the extension binary_tensor_data; send JSON without Inference-Header-Content-Length")
            : null;
    }

    private static Problem TooLarge(int maxBytes) => new(ProblemCode.TooLarge, $"The body may have {maxBytes} bytes at most");

    private static Result<OipRequest> Parse(in ReadOnlySequence<byte> body, NameTable names)
    {
        if (body.IsSingleSegment)
        {
            return OipParser.Parse(body.FirstSpan, names);
        }

        var length = (int)body.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(whole);
            return OipParser.Parse(whole.AsSpan(0, length), names);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
