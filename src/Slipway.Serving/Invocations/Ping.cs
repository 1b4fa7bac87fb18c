using Microsoft.AspNetCore.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Invocations;

/// <summary><c>GET /ping</c>, <c>/serve/{model}/ping</c> and <c>/health</c>: 200 when the model answers, 404 when there is none, as SageMaker and MLflow ask.</summary>
internal sealed class Ping(RouteTable routes)
{
    public Task HandleAsync(HttpContext http)
    {
        var found = http.Request.RouteValues.ContainsKey("model") || ModelPath.ServiceOf(http) is not null
            ? OneModel.Find(routes, http).TryGet(out var route, out _) && route.Stable is not null
            : routes.All.Any(r => r.Stable is not null);
        http.Response.StatusCode = found ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        return http.Response.WriteAsync("\n", http.RequestAborted);
    }

    /// <summary><c>GET /serve/{model}/version</c>: the MLflow whose scoring protocol is answered, as its server says it.</summary>
    public static Task VersionAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(MlflowVersion.Text, http.RequestAborted);
    }
}
