using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Invocations;

/// <summary>The model a scoring request means: the one its path names, or the only one there is.</summary>
internal static class OneModel
{
    public static Result<ServiceRoute> Find(RouteTable routes, HttpContext http)
    {
        if (ModelPath.ModelOf(http).Length > 0)
        {
            return ModelPath.Find(routes, http);
        }

        if (ModelPath.ServiceOf(http) is { } service)
        {
            return routes.Find(ModelPath.NamespaceOf(http), service) is { } named ? named : Problem.NotFound($"Inference service '{service}'");
        }

        var all = routes.All.Where(r => r.Namespace == ModelPath.DefaultNamespace).OrderBy(r => r.Name, StringComparer.Ordinal).ToArray();
        return all.Length switch
        {
            1 => all[0],
            0 => Problem.NotFound("A model: no inference service is there"),
            _ => Problem.Invalid($"There are {all.Length} models; say which with /serve/NAME/invocations: {string.Join(", ", all.Take(20).Select(r => r.Name))}"),
        };
    }
}
