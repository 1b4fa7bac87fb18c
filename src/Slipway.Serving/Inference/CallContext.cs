using Microsoft.AspNetCore.Http;

namespace Slipway.Serving.Inference;

/// <summary>What of a call, beside its tensors, decides how it is answered. The same for every protocol.</summary>
/// <param name="Version">A version asked for by number, which is then not subject to the split; null for the route's choice.</param>
/// <param name="Headers">HTTP headers or gRPC metadata; null for a call that the server makes itself.</param>
internal readonly record struct CallContext(string? Version, IHeaderDictionary? Headers)
{
    public static CallContext Of(HttpContext http, string? version) => new(version, http.Request.Headers);
}
