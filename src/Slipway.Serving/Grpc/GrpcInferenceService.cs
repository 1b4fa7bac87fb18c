using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Grpc;

/// <summary>Every gRPC method that this module answers.</summary>
internal sealed class GrpcInferenceService(GrpcInfer infer, GrpcDescribe describe, GrpcRepository repository, GrpcHealth health, ServingOptions options)
{
    public const string Name = "inference.GRPCInferenceService";

    /// <summary>Messages without tensors are small.</summary>
    private const int SmallMessage = 1 << 20;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcUnary($"{Name}/ServerLive", SmallMessage, GrpcMessages.Unary(ServerLiveRequest.Parser, GrpcDescribe.Live)).Public();
        routes.MapGrpcUnary($"{Name}/ServerReady", SmallMessage, GrpcMessages.Unary(ServerReadyRequest.Parser, describe.Ready)).Public();
        routes.MapGrpcUnary($"{Name}/ServerMetadata", SmallMessage, GrpcMessages.Unary(ServerMetadataRequest.Parser, GrpcDescribe.Server)).Public();
        Read("ModelReady", GrpcMessages.Unary(ModelReadyRequest.Parser, describe.ModelReady));
        Read("ModelMetadata", GrpcMessages.Unary(ModelMetadataRequest.Parser, describe.Model));
        Read("ModelConfig", GrpcMessages.Unary(ModelConfigRequest.Parser, describe.Config));
        Read("ModelStatistics", GrpcMessages.Unary(ModelStatisticsRequest.Parser, describe.Statistics));
        Read("RepositoryIndex", GrpcMessages.Unary<RepositoryIndexRequest>(RepositoryIndexRequest.Parser, repository.IndexAsync));
        routes.MapGrpcUnary(
            $"{Name}/RepositoryModelLoad", (int)Math.Min((long)options.MaxUploadBytes + SmallMessage, int.MaxValue),
            GrpcMessages.Unary<RepositoryModelLoadRequest>(RepositoryModelLoadRequest.Parser, repository.LoadAsync)).RequirePermission("models.write");
        Write("RepositoryModelUnload", GrpcMessages.Unary<RepositoryModelUnloadRequest>(RepositoryModelUnloadRequest.Parser, repository.UnloadAsync));
        routes.MapGrpcUnary($"{Name}/ModelInfer", options.MaxRequestBytes, infer.InferAsync).RequirePermission("models.infer").ReadsCaller();
        routes.MapGrpcDuplex($"{Name}/ModelStreamInfer", options.MaxRequestBytes, infer.StreamAsync).RequirePermission("models.infer").ReadsCaller();
        routes.MapGrpcUnary("grpc.health.v1.Health/Check", SmallMessage, GrpcMessages.Unary(HealthCheckRequest.Parser, health.Check)).Public();
        foreach (var version in new[] { "v1", "v1alpha" })
        {
            routes.MapGrpcDuplex(
                $"grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", SmallMessage,
                GrpcMessages.Unary(ServerReflectionRequest.Parser, GrpcReflection.Answer)).Public();
        }

        void Read(string method, GrpcUnary handle) => routes.MapGrpcUnary($"{Name}/{method}", SmallMessage, handle).RequirePermission("models.read");

        void Write(string method, GrpcUnary handle) => routes.MapGrpcUnary($"{Name}/{method}", SmallMessage, handle).RequirePermission("models.write");
    }
}
