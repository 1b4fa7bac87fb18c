using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Grpc;

/// <summary>grpc.health.v1: the server as a whole (service "") and the inference service.</summary>
internal sealed class GrpcHealth(GrpcDescribe describe)
{
    public Result<IMessage> Check(GrpcCall call, HealthCheckRequest request) => request.Service is "" or GrpcInferenceService.Name
        ? new HealthCheckResponse
        {
            Status = describe.AllReady ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
        }
        : Problem.NotFound($"Service '{request.Service}'");
}
