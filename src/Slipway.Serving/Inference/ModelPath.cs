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
        var model = ModelOf(http);
        var service = Value(http, "service");
        if (service is null)
        {
            return routes.Find(NamespaceOf(http), model) is { } named ? named : Problem.NotFound($"Model '{model}'");
        }

        // Under a tag (latest-NAME) the model keeps the service's own name, as in KServe; the tag's own name will do too.
        return routes.Find(NamespaceOf(http), service) is not { } route ? Problem.NotFound($"Inference service '{service}' with model '{model}'")
            : model == route.Name || model == service ? route
            : Problem.NotFound($"Model '{model}' of inference service '{service}' (its model has the same name, '{route.Name}')");
    }

    /// <summary>The route and the revision that the path names: the one of the version, or the stable one.</summary>
    public static Result<(ServiceRoute Route, LoadedRevision Revision)> FindLoaded(RouteTable routes, HttpContext http) =>
        Find(routes, http).TryGet(out var route, out var problem) ? LoadedOf(route, VersionOf(http)) : problem;

    /// <summary>The revision of that version, or the stable one.</summary>
    public static Result<(ServiceRoute Route, LoadedRevision Revision)> LoadedOf(ServiceRoute route, string? version)
    {
        if (version is not null)
        {
            return route.OfVersion(version) is { } asked ? (route, asked) : Problem.NotFound($"Version '{version}' of model '{route.Name}'");
        }

        return route.Stable is { } stable
            ? (route, stable)
            : Problem.Unavailable($"Model '{route.Name}' is not ready: no revision of it could be loaded yet", TimeSpan.FromSeconds(1));
    }

    public static string ModelOf(HttpContext http) => Value(http, "model") ?? "";

    public static string NamespaceOf(HttpContext http) => Value(http, "ns") ?? DefaultNamespace;

    public static string? ServiceOf(HttpContext http) => Value(http, "service");

    public static string? VersionOf(HttpContext http) => Value(http, "version");

    private static string? Value(HttpContext http, string name) => http.GetRouteValue(name) as string;
}
