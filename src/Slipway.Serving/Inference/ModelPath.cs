using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Inference;

/// <summary>
/// Finds the service that a path names: <c>/v2/models/{model}</c> in namespace default, or KServe's
/// <c>/serving/{ns}/{service}/v2/models/{model}</c>, where the model has the service's name.
/// </summary>
internal static class ModelPath
{
    public const string DefaultNamespace = "default";

    public static Result<ServiceRoute> Find(RouteTable routes, HttpContext http)
    {
        var model = Value(http, "model") ?? "";
        var service = Value(http, "service");
        if (service is not null && service != model)
        {
            return Problem.NotFound($"Model '{model}' of inference service '{service}' (its model has the same name, '{service}')");
        }

        return routes.Find(NamespaceOf(http), model) is { } route ? route : Problem.NotFound($"Model '{model}'");
    }

    public static string NamespaceOf(HttpContext http) => Value(http, "ns") ?? DefaultNamespace;

    public static string? ServiceOf(HttpContext http) => Value(http, "service");

    public static string? VersionOf(HttpContext http) => Value(http, "version");

    private static string? Value(HttpContext http, string name) => http.GetRouteValue(name) as string;
}
