using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;
using Slipway.Serving.Doors;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>ModelInfer and ModelStreamInfer: the hot path over gRPC.</summary>
internal sealed class GrpcInfer(RouteTable routes, Predictor predictor, ServingMetrics metrics, EventTap tap, GrpcChains chains, TimeProvider time)
{
    private const string MessageType = "application/x-protobuf";

    private static readonly HeaderDictionary NoHeaders = [];

    /// <summary>One message behind the other is one message: this is put behind an answer in a stream.</summary>
    private static readonly byte[] Final = new ModelInferResponse { Parameters = { ["triton_final_response"] = new InferParameter { BoolParam = true } } }.ToByteArray();

    public async ValueTask<Problem?> InferAsync(GrpcCall call, ReadOnlyMemory<byte> message, PooledBytes answer)
    {
        var started = time.GetTimestamp();
        if (!InferMessageReader.ReadTarget(message.Span).TryGet(out var target, out var problem))
        {
            return problem;
        }

        if (!GrpcTarget.Find(routes, call, target.Model).TryGet(out var route, out problem))
        {
            return chains.IsGraph(call, target.Model) ? await chains.AskGraphAsync(call, target.Model, message, answer) : problem;
        }

        if (TransformerCalls.Takes(route, call.Http.Request.Headers))
        {
            return await chains.AskTransformerAsync(call, route, target.Version, message, answer);
        }

        return EventTap.Taps(route)
            ? await TappedAsync(call, route, target.Version, message, answer, started)
            : await AnswerAsync(call, route, target.Version, message, answer, started, null);
    }

    private async ValueTask<Problem?> TappedAsync(
        GrpcCall call, ServiceRoute route, string? version, ReadOnlyMemory<byte> message, PooledBytes answer, long started)
    {
        var (arrived, trace) = (time.GetUtcNow(), new CallTrace());
        var problem = await AnswerAsync(call, route, version, message, answer, started, trace);
        var request = new PayloadHalf(arrived, MessageType, call.Http.Request.Headers, message.ToArray());
        var body = problem is null ? answer.Written.ToArray() : System.Text.Encoding.UTF8.GetBytes(problem.Message);
        var response = new PayloadHalf(time.GetUtcNow(), problem is null ? MessageType : "text/plain", NoHeaders, body);
        tap.Tell(call.Http, route, trace, request, response, problem is null ? StatusCodes.Status200OK : ProblemAnswer.StatusOf(problem.Code));
        return problem;
    }

    private async ValueTask<Problem?> AnswerAsync(
        GrpcCall call, ServiceRoute route, string? version, ReadOnlyMemory<byte> message, PooledBytes answer, long started, CallTrace? trace)
    {
        if (!InferMessageReader.Read(message.Span, route.Names, out var raw).TryGet(out var request, out var problem))
        {
            return Refused(route, problem);
        }

        request.ParseTime = time.GetElapsedTime(started);
        if (!(await predictor.AnswerAsync(route, request, CallContext.Of(call.Http, version, "grpc-v2") with { Trace = trace }, call.Cancellation)).TryGet(out var answered, out problem))
        {
            return Refused(route, problem);
        }

        using (answered)
        {
            started = time.GetTimestamp();
            if (request.Id is null && !call.Http.Response.HasStarted)
            {
                call.Http.Response.Headers[OipAnswer.PredictionIdHeader] = answered.Exchange.PredictionId;
            }

            var revision = answered.Answer.Revision;
            var head = new AnswerHead(route.Name, revision.VersionText, request.Id, request.Outputs, false, revision.Model.Roles.Classes);
            InferMessageWriter.Write(answer, head, answered.Answer.Outputs!, raw);
            revision.Statistics.OnWire(request.Rows, request.ParseTime, time.GetElapsedTime(started));
            return null;
        }
    }

    /// <summary>
    /// In a stream a request that fails is answered with its fault, and the stream goes on. Clients of models that answer several times wait for the answer that says it is
    /// the last one; here each is.
    /// </summary>
    public async ValueTask<Problem?> StreamAsync(GrpcCall call, ReadOnlyMemory<byte> message, PooledBytes answer)
    {
        using var inner = new PooledBytes();
        if (await InferAsync(call, message, inner) is { } problem)
        {
            new ModelStreamInferResponse { ErrorMessage = problem.Message }.WriteTo(answer);
            return null;
        }

        System.Buffers.BuffersExtensions.Write(inner, Final);
        ProtoWriter.Begin(answer, ModelStreamInferResponse.InferResponseFieldNumber, inner.Length);
        System.Buffers.BuffersExtensions.Write(answer, inner.Written.Span);
        return null;
    }

    private Problem Refused(ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return problem;
    }
}
