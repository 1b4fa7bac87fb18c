using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;

namespace Slipway.Serving.Grpc;

/// <summary>Methods that are not on the hot path take and give message objects.</summary>
internal static class GrpcMessages
{
    public static GrpcUnary Unary<TRequest>(MessageParser<TRequest> parser, Func<GrpcCall, TRequest, ValueTask<Result<IMessage>>> answer)
        where TRequest : IMessage<TRequest> => async (call, message, to) =>
    {
        TRequest request;
        try
        {
            request = parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            return Problem.Invalid($"The message is not the protobuf message of this method: {e.Message}");
        }

        if (!(await answer(call, request)).TryGet(out var made, out var problem))
        {
            return problem;
        }

        made.WriteTo(to);
        return null;
    };

    public static GrpcUnary Unary<TRequest>(MessageParser<TRequest> parser, Func<GrpcCall, TRequest, Result<IMessage>> answer)
        where TRequest : IMessage<TRequest> => Unary(parser, (call, request) => ValueTask.FromResult(answer(call, request)));
}
