using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.V1;

/// <param name="Asked">The caller named the version or a label, so that the split does not apply.</param>
internal sealed record TargetV1(ServiceRoute Route, LoadedRevision Revision, bool Asked)
{
    public void Deconstruct(out ServiceRoute route, out LoadedRevision revision) => (route, revision) = (Route, Revision);
}

/// <summary>Which revision a V1 path means. TensorFlow Serving's version labels are the registered model's aliases.</summary>
internal sealed class LabelledVersions(IModelRegistry registry)
{
    public async ValueTask<Result<TargetV1>> FindAsync(RouteTable routes, HttpContext http)
    {
        if (!ModelPath.Find(routes, http).TryGet(out var route, out var problem))
        {
            return problem;
        }

        var version = ModelPath.VersionOf(http);
        if (http.Request.RouteValues.TryGetValue("label", out var value) && value is string label)
        {
            var assigned = route.Stable is { } stable
                ? await registry.GetAliasAsync(route.Namespace, stable.Revision.Model, label, http.RequestAborted)
                : null;
            if (assigned?.Version is not { } pointed)
            {
                return Problem.NotFound($"Label '{label}' of model '{route.Name}'");
            }

            version = pointed.ToString(CultureInfo.InvariantCulture);
        }

        return ModelPath.LoadedOf(route, version).Select(found => new TargetV1(found.Route, found.Revision, version is not null));
    }
}
