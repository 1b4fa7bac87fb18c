using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Grpc;

/// <summary>Which service a call means: the model's name, in the namespace of the metadata <c>slipway-namespace</c> or in <c>default</c>.</summary>
internal static class GrpcTarget
{
    private const string NamespaceMetadata = "slipway-namespace";

    public static string NamespaceOf(GrpcCall call) =>
        call.Http.Request.Headers[NamespaceMetadata] is { Count: > 0 } given ? given.ToString() : ModelPath.DefaultNamespace;

    public static Result<ServiceRoute> Find(RouteTable routes, GrpcCall call, string model) =>
        routes.Find(NamespaceOf(call), model) is { } route ? route : Problem.NotFound($"Model '{model}'");

    public static Result<(ServiceRoute Route, LoadedRevision Revision)> FindLoaded(RouteTable routes, GrpcCall call, string model, string version) =>
        Find(routes, call, model).Then(route => ModelPath.LoadedOf(route, version.Length == 0 ? null : version));
}
