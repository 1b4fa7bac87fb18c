using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Server.Refusals;

namespace Slipway.Server.Hosting;

/// <summary>Whatever no route takes: 404 in words.</summary>
internal static class UnknownRoute
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapFallback("/{**path}", (HttpContext http) =>
        {
            var problem = Problem.NotFound($"{http.Request.Method} {http.Request.Path}: this path") with { Reason = MlflowCode.EndpointNotFound };
            return Refusal.WriteAsync(http, problem);
        }).Public();
}
