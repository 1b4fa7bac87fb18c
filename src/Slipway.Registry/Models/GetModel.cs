using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Models;

/// <summary><c>GET /models/{model}</c>: the model with its aliases and its versions, newest first, all of one moment.</summary>
internal static class GetModel
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{model}", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, string model, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } problem)
        {
            return problem.ToAnswer();
        }

        var detail = await database.ReadAsync((session, _) => FindAsync(session, ns, model), cancellation);
        return detail is null
            ? Problem.NotFound($"model {model} in namespace {ns}").ToAnswer()
            : Results.Json(detail, RegistryJson.Default.ModelDetail);
    }

    private static async Task<ModelDetail?> FindAsync(IReadSession session, string ns, string model) =>
        await RegistryStore.FindModelAsync(session, ns, model) is { } found
            ? new ModelDetail(found, await RegistryStore.AliasesAsync(session, ns, model), await RegistryStore.ListVersionsAsync(session, ns, model))
            : null;
}
