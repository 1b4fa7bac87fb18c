using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// MLflow's web pages call every route under <c>/ajax-api</c>, its clients under <c>/api</c>: one becomes the other before routing. So does <c>//api</c>.
/// </summary>
public static class AjaxPrefix
{
    private const string Ajax = "/ajax-api/";

    public static IApplicationBuilder UseAjaxPrefix(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.Path.Value is not { } path)
        {
            return next(http);
        }

        // An address of the server that ends with a slash, with a path put behind it.
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            http.Request.Path = path = path[1..];
        }

        if (path.StartsWith(Ajax, StringComparison.Ordinal))
        {
            http.Request.Path = string.Concat("/api/", path.AsSpan(Ajax.Length));
        }

        return next(http);
    });
}
