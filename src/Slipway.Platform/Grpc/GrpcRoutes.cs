using System.Buffers;
using System.Buffers.Binary;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Platform.Grpc;

/// <summary>Answers one message with one: writes the answer into <paramref name="answer"/>, or says what is wrong.</summary>
/// <param name="message">Lent until the task ends.</param>
public delegate ValueTask<Problem?> GrpcUnary(GrpcCall call, ReadOnlyMemory<byte> message, PooledBytes answer);

/// <summary>
/// gRPC methods as routes: what gRPC is on the wire (HTTP/2, length-prefixed messages, the status in trailers), served by Kestrel as it is. Of the
/// messages themselves this knows nothing but that they are bytes.
/// </summary>
public static class GrpcRoutes
{
    private const int Prefix = 5;

    /// <param name="method">As on the wire: <c>package.Service/Method</c>.</param>
    /// <param name="maxBytes">Largest message taken.</param>
    public static IEndpointConventionBuilder MapGrpcUnary(this IEndpointRouteBuilder routes, string method, int maxBytes, GrpcUnary handle) =>
        Map(routes, method, async (call, reader, response) =>
        {
            if (!(await reader.NextAsync(call.Cancellation)).TryGet(out var message, out var problem))
            {
                return problem;
            }

            return message is { } present
                ? await AnswerAsync(call, present, handle, response)
                : Problem.Invalid("The call has no message");
        }, maxBytes);

    /// <summary>Answers every message of a stream with one, in their order. A problem ends the stream.</summary>
    public static IEndpointConventionBuilder MapGrpcDuplex(this IEndpointRouteBuilder routes, string method, int maxBytes, GrpcUnary handle) =>
        Map(routes, method, async (call, reader, response) =>
        {
            while (true)
            {
                if (!(await reader.NextAsync(call.Cancellation)).TryGet(out var message, out var problem) || message is not { } present)
                {
                    return problem;
                }

                if (await AnswerAsync(call, present, handle, response) is { } failed)
                {
                    return failed;
                }

                await response.BodyWriter.FlushAsync(call.Cancellation);
            }
        }, maxBytes);

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder routes, string method, Func<GrpcCall, GrpcReader, HttpResponse, Task<Problem?>> run, int maxBytes) =>
        routes.MapPost($"/{method}", (HttpContext http) => RunAsync(http, run, maxBytes));

    private static async Task RunAsync(HttpContext http, Func<GrpcCall, GrpcReader, HttpResponse, Task<Problem?>> run, int maxBytes)
    {
        if (!GrpcAnswer.IsGrpc(http.Request) || http.Request.Protocol != "HTTP/2")
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.ContentType = "text/plain";
            await http.Response.WriteAsync("This is a gRPC method: call it over HTTP/2 with content-type application/grpc, at the server's gRPC port.");
            return;
        }

        // Messages have a limit of their own; a stream of them has none.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        GrpcAnswer.Begin(http.Response);
        http.Response.Headers["grpc-accept-encoding"] = "identity,gzip,deflate";
        var deadline = GrpcDeadline.Of(http.Request);
        using var limit = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (deadline is { } allowed)
        {
            // A timer of none would still fire after the call has been answered.
            if (allowed < TimeSpan.FromMilliseconds(1))
            {
                await limit!.CancelAsync();
            }
            else
            {
                limit!.CancelAfter(allowed);
            }
        }

        var call = new GrpcCall(http, limit?.Token ?? http.RequestAborted);
        using var reader = new GrpcReader(http.Request, maxBytes);
        try
        {
            var problem = await run(call, reader, http.Response);
            GrpcAnswer.End(http.Response, problem is null ? GrpcStatus.Ok : GrpcStatuses.Of(problem.Code), problem?.Message);
        }
        catch (OperationCanceledException) when (limit?.IsCancellationRequested == true && !http.RequestAborted.IsCancellationRequested)
        {
            GrpcAnswer.End(http.Response, GrpcStatus.DeadlineExceeded, "The deadline that the call came with has passed");
        }
        catch (OperationCanceledException)
        {
            GrpcAnswer.End(http.Response, GrpcStatus.Cancelled, "The caller has hung up");
        }
    }

    private static async ValueTask<Problem?> AnswerAsync(GrpcCall call, ReadOnlyMemory<byte> message, GrpcUnary handle, HttpResponse response)
    {
        using var answer = new PooledBytes();
        if (await handle(call, message, answer) is { } problem)
        {
            return problem;
        }

        // Not flushed here: a unary answer then leaves in one write together with its trailers.
        var to = response.BodyWriter;
        var prefix = to.GetSpan(Prefix);
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)answer.Length);
        to.Advance(Prefix);
        to.Write(answer.Written.Span);
        return null;
    }
}
