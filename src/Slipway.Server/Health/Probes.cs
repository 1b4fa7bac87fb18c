using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Events;
using Slipway.Platform.Hosting;
using Slipway.Platform.Http;

namespace Slipway.Server.Health;

/// <summary><c>/livez</c>: the process answers. <c>/readyz</c>: it can also read its database, and every part of it is ready for traffic.</summary>
internal static class Probes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", (HttpContext http) => http.Response.WriteAsync("ok")).Public();
        routes.MapGet("/readyz", async (HttpContext http) =>
        {
            if (http.RequestServices.GetServices<IReadinessCheck>().Select(c => c.NotReadyBecause).FirstOrDefault(why => why is not null) is { } why)
            {
                await RefuseAsync(http, why);
                return;
            }

            try
            {
                await http.RequestServices.GetRequiredService<IEventLog>().HeadAsync(http.RequestAborted);
                await http.Response.WriteAsync("ok");
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                await RefuseAsync(http, "the database does not answer");
            }
        }).Public();
    }

    private static Task RefuseAsync(HttpContext http, string why)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync(why);
    }
}
