using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Server.Hosting;

/// <summary>Whatever no route takes: 404 in words.</summary>
internal static class UnknownRoute
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapFallback("/{**path}", (HttpContext http) =>
            Problem.NotFound($"{http.Request.Method} {http.Request.Path}: this path").ToAnswer().ExecuteAsync(http)).Public();
}
