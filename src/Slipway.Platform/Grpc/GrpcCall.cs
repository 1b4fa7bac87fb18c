using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Grpc;

/// <summary>One call on its way.</summary>
public sealed class GrpcCall
{
    internal GrpcCall(HttpContext http, CancellationToken cancellation) => (Http, Cancellation) = (http, cancellation);

    public HttpContext Http { get; }

    /// <summary>Ends when the caller hangs up or its deadline has passed.</summary>
    public CancellationToken Cancellation { get; }
}
