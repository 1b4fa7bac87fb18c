using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Server.Refusals;

namespace Slipway.Server.Hosting;

/// <summary>Whatever no route takes: 404 in words; of the inference protocols 405 where only the method is wrong; of gRPC UNIMPLEMENTED.</summary>
internal static class UnknownRoute
{
    private static readonly string[] Inference = ["/v2", "/v1/models", "/serving", "/serve", "/invocations", "/ping"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var known = new Lazy<(string[] Methods, TemplateMatcher Path)[]>(() => [.. InferenceRoutes(routes)]);
        routes.MapFallback("/{**path}", (HttpContext http) => Refusal.WriteAsync(http, ProblemOf(http, known))).Public();
    }

    private static Problem ProblemOf(HttpContext http, Lazy<(string[] Methods, TemplateMatcher Path)[]> known)
    {
        var request = http.Request;
        if (GrpcAnswer.IsGrpc(request))
        {
            return new Problem(ProblemCode.Unsupported, $"{request.Path.Value?.TrimStart('/')}: no such method");
        }

        var allowed = Array.Exists(Inference, path => request.Path.StartsWithSegments(path))
            ? known.Value.Where(r => r.Path.TryMatch(request.Path, [])).SelectMany(r => r.Methods).Distinct().Order(StringComparer.Ordinal).ToArray()
            : [];
        if (allowed.Length == 0)
        {
            return Problem.NotFound($"{request.Method} {request.Path}: this path") with { Reason = MlflowCode.EndpointNotFound };
        }

        http.Response.Headers.Allow = string.Join(", ", allowed);
        return new Problem(ProblemCode.MethodNotAllowed, $"{request.Path}: {request.Method} is not allowed here, {string.Join(" and ", allowed)} is");
    }

    /// <summary>Read once: the fallback itself keeps the framework from telling a wrong method from a wrong path.</summary>
    private static IEnumerable<(string[] Methods, TemplateMatcher Path)> InferenceRoutes(IEndpointRouteBuilder routes) => routes.DataSources
        .SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText is { } text && Array.Exists(Inference, path => text.StartsWith(path, StringComparison.Ordinal)))
        .Select(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.ToArray() ?? [], new TemplateMatcher(new RouteTemplate(e.RoutePattern), [])))
        .Where(r => r.Item1.Length > 0);
}
