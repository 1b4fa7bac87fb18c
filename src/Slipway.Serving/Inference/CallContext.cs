using Microsoft.AspNetCore.Http;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Inference;

/// <summary>What of a call, beside its tensors, decides how it is answered. The same for every protocol.</summary>
/// <param name="Version">A version asked for by number, which is then not subject to the split; null for the route's choice.</param>
/// <param name="Headers">HTTP headers or gRPC metadata; null for a call that the server makes itself.</param>
/// <param name="Protocol">v2, grpc-v2, v1 or mlflow: for the payload log.</param>
/// <param name="Trace">Is told what became of the call; null when nobody asks.</param>
internal readonly record struct CallContext(string? Version, IHeaderDictionary? Headers, string Protocol = "v2", CallTrace? Trace = null)
{
    /// <summary>Headers of the answer, while they can still be set: who answered, and what keeps the caller there.</summary>
    public IHeaderDictionary? Answer { get; init; }

    /// <summary>Parameters of the request that the rules on callers look at; null without any.</summary>
    public IReadOnlyList<RoutingValue>? Routing { get; init; }

    public static CallContext Of(HttpContext http, string? version, string protocol = "v2") =>
        new(version, http.Request.Headers, protocol, CallTrace.Of(http)) { Answer = http.Response.HasStarted ? null : http.Response.Headers };
}
