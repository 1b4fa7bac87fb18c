using Microsoft.AspNetCore.Http;
using Slipway.Platform.Http;
using Slipway.Serving.Revisions;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary><c>GET .../models/{model}[/versions/{version}]</c> and <c>.../ready</c>.</summary>
internal sealed class DescribeModel(RouteTable routes)
{
    public async Task MetadataAsync(HttpContext http)
    {
        if (!ModelPath.FindLoaded(routes, http).TryGet(out var found, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        using var body = new PooledBytes();
        var model = found.Revision.Model.Model;
        OipWriter.WriteMetadata(body, found.Route.Name, model.Platform, found.Route.Loaded.Select(r => r.VersionText).Distinct(), model.Inputs, model.Outputs, ModelProperties.Of(found.Revision.Model));
        await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, body);
    }

    public Task ReadyAsync(HttpContext http) => ModelPath.FindLoaded(routes, http).TryGet(out var found, out var problem)
        ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name", found.Route.Name);
            writer.WriteBoolean("ready", true);
        })
        : OipAnswer.WriteAsync(http, problem);
}
