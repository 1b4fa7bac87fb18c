using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Events;
using Slipway.Platform.Http;

namespace Slipway.Server.Health;

/// <summary><c>/livez</c>: the process answers. <c>/readyz</c>: it can also read its database, so it may be given traffic.</summary>
internal static class Probes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", (HttpContext http) => http.Response.WriteAsync("ok")).Public();
        routes.MapGet("/readyz", async (HttpContext http) =>
        {
            try
            {
                var events = (IEventLog)http.RequestServices.GetService(typeof(IEventLog))!;
                await events.HeadAsync(http.RequestAborted);
                await http.Response.WriteAsync("ok");
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await http.Response.WriteAsync("the database does not answer");
            }
        }).Public();
    }
}
