using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Revisions;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary><c>GET .../models/{model}[/versions/{version}]</c> and <c>.../ready</c>.</summary>
internal sealed class DescribeModel(RouteTable routes)
{
    public async Task MetadataAsync(HttpContext http)
    {
        if (!Find(http).TryGet(out var found, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        using var body = new PooledBytes();
        var model = found.Revision.Model.Model;
        OipWriter.WriteMetadata(body, found.Route.Name, model.Platform, found.Route.Loaded.Select(r => r.VersionText).Distinct(), model.Inputs, model.Outputs);
        await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, body);
    }

    public Task ReadyAsync(HttpContext http) => Find(http).TryGet(out var found, out var problem)
        ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name", found.Route.Name);
            writer.WriteBoolean("ready", true);
        })
        : OipAnswer.WriteAsync(http, problem);

    private Result<(ServiceRoute Route, LoadedRevision Revision)> Find(HttpContext http)
    {
        if (!ModelPath.Find(routes, http).TryGet(out var route, out var problem))
        {
            return problem;
        }

        if (ModelPath.VersionOf(http) is { } version)
        {
            return route.OfVersion(version) is { } asked ? (route, asked) : Problem.NotFound($"Version '{version}' of model '{route.Name}'");
        }

        return route.Stable is { } stable
            ? (route, stable)
            : Problem.Unavailable($"Model '{route.Name}' is not ready: no revision of it could be loaded yet", TimeSpan.FromSeconds(1));
    }
}
