using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Slipway.Serving.Inference;

namespace Slipway.Serving.Doors;

/// <summary>A request that this server puts to its own handlers, on behalf of a caller who sent another one: to a graph, or over gRPC.</summary>
internal static class InnerRequest
{
    /// <summary>Headers and metadata that belong to the body or the connection of the caller's own request.</summary>
    private static readonly FrozenSet<string> OfTheCallersOwn = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "TE", "Accept-Encoding", "Expect", InferBody.HeaderLength);

    /// <param name="services">What the handlers may ask for.</param>
    /// <param name="headers">The caller's; those that do not belong to their own request are handed on.</param>
    /// <param name="server">Where a handler that must ask this server anew, over HTTP, finds it.</param>
    /// <param name="body">JSON.</param>
    /// <param name="answer">Takes the answer's body.</param>
    public static DefaultHttpContext Post(
        IServiceProvider services, IHeaderDictionary headers, (string Scheme, HostString Host) server, string ns, string path, byte[] body, Stream answer, CancellationToken cancellation)
    {
        var http = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellation };
        foreach (var (name, value) in headers)
        {
            if (!name.StartsWith(':') && !name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) && !OfTheCallersOwn.Contains(name))
            {
                http.Request.Headers[name] = value;
            }
        }

        (http.Request.Scheme, http.Request.Host) = server;
        http.Request.Method = HttpMethods.Post;
        http.Request.Path = path;
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = body.Length;
        http.Request.Body = new MemoryStream(body, writable: false);
        http.Request.RouteValues["ns"] = ns;
        http.Response.Body = answer;
        return http;
    }
}
