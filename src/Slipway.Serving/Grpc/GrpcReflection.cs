using Google.Protobuf;
using Google.Protobuf.Reflection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Grpc;

/// <summary>Server reflection, so that grpcurl and the like work without a .proto file at hand.</summary>
internal static class GrpcReflection
{
    private static readonly FileDescriptor[] Files =
        [OpenInferenceReflection.Descriptor, HealthReflection.Descriptor, ReflectionReflection.Descriptor];

    public static Result<IMessage> Answer(GrpcCall call, ServerReflectionRequest request)
    {
        var answer = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                answer.ListServicesResponse = new ListServiceResponse
                {
                    Service = { Files.SelectMany(f => f.Services).Select(s => new ServiceResponse { Name = s.FullName }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Put(answer, Files.FirstOrDefault(f => f.Name == request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Put(answer, Files.FirstOrDefault(f => Holds(f, request.FileContainingSymbol)), request.FileContainingSymbol);
                break;
            default:
                answer.ErrorResponse = Error(GrpcStatus.Unimplemented, "There are no extensions here");
                break;
        }

        return answer;
    }

    private static void Put(ServerReflectionResponse answer, FileDescriptor? file, string asked)
    {
        if (file is null)
        {
            answer.ErrorResponse = Error(GrpcStatus.NotFound, $"'{asked}' is not known here");
        }
        else
        {
            answer.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { file.SerializedData } };
        }
    }

    /// <summary>A service, one of its methods, a message or an enum.</summary>
    private static bool Holds(FileDescriptor file, string symbol) =>
        file.Services.Any(s => s.FullName == symbol || s.Methods.Any(m => m.FullName == symbol))
        || file.EnumTypes.Any(e => e.FullName == symbol)
        || file.MessageTypes.Any(m => Holds(m, symbol));

    private static bool Holds(MessageDescriptor message, string symbol) =>
        message.FullName == symbol || message.EnumTypes.Any(e => e.FullName == symbol) || message.NestedTypes.Any(n => Holds(n, symbol));

    private static ErrorResponse Error(GrpcStatus status, string message) => new() { ErrorCode = (int)status, ErrorMessage = message };
}
