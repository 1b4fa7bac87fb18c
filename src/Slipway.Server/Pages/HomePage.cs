using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;

namespace Slipway.Server.Pages;

/// <summary><c>/</c>: one page without dependencies that shows the loops, their models and what happened. It reads the public API like any client.</summary>
internal static class HomePage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", async (HttpContext http) =>
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        await using var page = typeof(HomePage).Assembly.GetManifestResourceStream("home.html")!;
        await page.CopyToAsync(http.Response.Body, http.RequestAborted);
    }).Public();
}
